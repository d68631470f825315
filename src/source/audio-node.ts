import { whenRunning } from "../capture/context.js";
import { loadCapture } from "../capture/module.js";
import { isNative, wrapped } from "../capture/native.js";
import { captureNode } from "../capture/node.js";
import { MAX_RATE, MIN_RATE } from "../encoder/plan.js";
import { notMedia } from "./right-door.js";
import type { Source } from "./source.js";

/**
 * What an AudioNode gives, from its first output, captured in the node's own context at whatever rate it has; up to
 * eight channels are mixed down. An OfflineAudioContext too: open the source before `startRendering()`, and the stream
 * ends with the rendering. The node is borrowed: it goes on to feed what else it feeds, and is never stopped. Its context
 * is resumed when it is suspended, and never closed.
 *
 * Throws TypeError when the node has no output, RangeError when its context's rate is out of the encoder's range.
 */
export function audioNode(node: AudioNode): Source {
  if (typeof AudioNode === "undefined" || !isNative(AudioNode.prototype, "context", node))
    throw new TypeError(
      typeof (node as AudioNode | null)?.connect === "function"
        ? `audioNode() takes a native AudioNode. ${wrapped}.`
        : `audioNode() takes a native AudioNode${notMedia(node, "audioNode()", "audioFile(new URL(text, location.href))")}`,
    );
  if (node.numberOfOutputs === 0)
    throw new TypeError("audioNode() takes a node with an output: pass the node that feeds this one.");
  const { sampleRate } = node.context;
  if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
    throw new RangeError(`The node's context is at ${sampleRate} Hz; ${MIN_RATE} to ${MAX_RATE} Hz can be encoded.`);
  return {
    live: true,
    prepare: async (audio) => {
      await Promise.all([loadCapture(node.context, audio), whenRunning(node.context, new AbortController().signal)]);
    },
    open: (request) => captureNode(node, request),
  };
}
