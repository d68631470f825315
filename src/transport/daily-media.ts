import { report } from "../emitter.js";
import { parse } from "../tavus/event.js";
import type { Warning } from "../warning.js";
import { type CallLike, replicaOf } from "./daily-call.js";

/**
 * Shows the replica's own video and audio in `element` for as long as it is in the call, and starts playing; returns the
 * undo, which leaves the element without a stream. What that takes is loaded here: apps that show the video themselves
 * never need it.
 */
export function showReplica(call: CallLike, element: HTMLVideoElement, warn: (warning: Warning) => void): () => void {
  const over = new AbortController();
  import("./replica-view.js").then(
    ({ viewReplica }) => viewReplica(call, () => replicaOf(call), element, warn, parse, over.signal),
    report,
  );
  return () => over.abort();
}
