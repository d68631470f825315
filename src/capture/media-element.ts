import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import { systemClock } from "../flow/clock.js";
import type { OpenRequest } from "../source/source.js";
import { BorrowedElement } from "./borrowed.js";
import { type ContextLease, leaseContext } from "./context.js";
import { captureStream } from "./media-stream.js";
import { captureNode } from "./node.js";
import { poll } from "./poll.js";

/** Seconds after the element's `ended` in which its last samples still come through the capture. */
const tailSeconds = 0.25;

/** `captureStream` is in no lib.dom for media elements: it is not in Safari. Firefox has it under its old name. */
interface Capturable {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

/** Elements that were routed through Web Audio, which is for ever: the node, and the context it keeps alive. */
const routed = new WeakMap<HTMLMediaElement, { node: AudioNode; lease: ContextLease }>();

/**
 * Captures what `element` plays, starting it if it is paused, until it ends. `local`: whether the page hears it too. When
 * the element fails, the stream does, after what came until then.
 */
export async function captureElement(
  element: HTMLMediaElement & Capturable,
  local: "silent" | "play",
  request: OpenRequest,
): Promise<ReadableStream<Int16Array>> {
  const over = new AbortController();
  const borrowed = BorrowedElement.of(element);
  let silenced = false;
  const silence = (off: () => void, on: () => void): void => {
    if (local === "play") return;
    silenced = true;
    borrowed.silence(off, on);
  };
  const release = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    borrowed.giveBack(silenced);
  };
  const ended = endOf(element, request, over.signal);
  try {
    await loaded(element, request.signal);
    if (element.ended) await rewind(element, request.signal);
    const bounded = { ...request, ended };
    const capture = element.captureStream ?? element.mozCaptureStream;
    const stream = capture
      ? await captureStream(streamOf(element, borrowed, capture), bounded, release)
      : await captureRouted(element, silence, bounded, release);
    // The turn may be over by now.
    if (over.signal.aborted) return stream;
    if (capture) silence(...muting(element));
    await abortable(borrowed.play(), request.signal);
    return stream;
  } catch (cause) {
    release();
    throw cause instanceof EchoError || request.signal.aborted ? cause : failure(element, cause);
  }
}

/** Mutes the element; and undoes it, unless the app has done so meanwhile. */
function muting(element: HTMLMediaElement): [off: () => void, on: () => void] {
  const { muted } = element;
  return [
    () => {
      element.muted = true;
    },
    () => {
      element.muted &&= muted;
    },
  ];
}

/** Aborts with the turn's own end, and a little after the element's, with the error if it has failed. */
function endOf(element: HTMLMediaElement, request: OpenRequest, over: AbortSignal): AbortSignal {
  const end = new AbortController();
  const listening = { signal: over };
  const late = (): void => {
    const { error } = element;
    const reason = error ? failure(element, error) : undefined;
    void systemClock.sleep(tailSeconds, over).then(() => end.abort(reason));
  };
  for (const type of ["ended", "emptied", "error"]) element.addEventListener(type, late, listening);
  request.ended.addEventListener("abort", () => end.abort(request.ended.reason), listening);
  if (request.ended.aborted) end.abort(request.ended.reason);
  return end.signal;
}

/** Waits until the element knows its tracks. */
async function loaded(element: HTMLMediaElement, signal: AbortSignal): Promise<void> {
  if (element.error) throw failure(element, element.error);
  if (element.readyState >= HTMLMediaElement.HAVE_METADATA) return;
  const done = new AbortController();
  const lazy = element.preload === "none";
  try {
    const known = new Promise<void>((resolve, reject) => {
      element.addEventListener("loadedmetadata", () => resolve(), { signal: done.signal });
      element.addEventListener("error", () => reject(failure(element, element.error)), { signal: done.signal });
      // That nothing is left that could be loaded is no event. Nor is there a source for a moment after the app has set one.
      poll(() => {
        if (hasNoSource(element)) reject(noSource());
      }, done.signal);
    });
    // It loads nothing until it is asked to.
    if (lazy) element.preload = "auto";
    await abortable(known, signal);
  } finally {
    if (lazy) element.preload = "none";
    done.abort();
  }
}

/**
 * An element that has ended begins anew. In Chromium (measured in 156) what is captured after `ended` stays silent until
 * the element has played again, so it plays for a moment, unheard, and is set back.
 */
async function rewind(element: HTMLMediaElement, signal: AbortSignal): Promise<void> {
  const { muted } = element;
  element.muted = true;
  try {
    await abortable(element.play(), signal);
    element.pause();
    const back = new Promise((resolve) => element.addEventListener("seeked", resolve, { once: true }));
    element.currentTime = 0;
    await abortable(back, signal);
  } finally {
    element.muted = muted;
  }
}

function streamOf(element: HTMLMediaElement, borrowed: BorrowedElement, capture: () => MediaStream): MediaStream {
  let track: MediaStreamTrack | undefined;
  try {
    track = borrowed.track(capture);
  } catch (cause) {
    throw failure(element, cause);
  }
  if (!track) throw new EchoError("no-audio", "The media element has no audio track.");
  return new MediaStream([track]);
}

async function captureRouted(
  element: HTMLMediaElement,
  silence: (off: () => void, on: () => void) => void,
  request: OpenRequest,
  release: () => void,
): Promise<ReadableStream<Int16Array>> {
  // Web Audio gives silence for media of another origin without CORS, and does not say so.
  const { origin, protocol } = new URL(element.currentSrc, document.baseURI);
  if (origin !== location.origin && !["blob:", "data:"].includes(protocol) && element.crossOrigin === null)
    throw failure(element, new DOMException("It is of another origin, without CORS.", "SecurityError"));
  let route = routed.get(element);
  if (!route) {
    const lease = leaseContext(request.audio);
    route = { lease, node: new MediaElementAudioSourceNode(lease.context, { mediaElement: element }) };
    routed.set(element, route);
    route.node.connect(lease.context.destination);
  }
  const { node, lease } = route;
  const { destination } = lease.context;
  silence(
    () => node.disconnect(destination),
    () => node.connect(destination),
  );
  return captureNode(node, request, release);
}

const hasNoSource = ({ networkState }: HTMLMediaElement): boolean =>
  networkState === HTMLMediaElement.NETWORK_EMPTY || networkState === HTMLMediaElement.NETWORK_NO_SOURCE;

const noSource = (): EchoError =>
  new EchoError("source-failed", "The media element has no source that it can play.", {
    remedy: "Set its src; the browser's console says what could not be loaded.",
  });

function failure(element: HTMLMediaElement, cause: unknown): EchoError {
  const { name } = (cause ?? {}) as DOMException;
  if (name === "SecurityError")
    return new EchoError("source-failed", `${element.currentSrc} is of another origin and cannot be captured.`, {
      remedy:
        'Set crossorigin="anonymous" on the element before its src, and let the server send Access-Control-Allow-Origin.',
      cause,
    });
  if (name === "NotAllowedError")
    return new EchoError("source-failed", "The browser does not let the element play.", {
      remedy: "Start it in a click, or call replica.prepare() in one.",
      cause,
    });
  const message = element.error?.message ?? String(cause);
  return new EchoError("source-failed", `The media element failed: ${message}`, { cause });
}
