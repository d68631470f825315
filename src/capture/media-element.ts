import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import type { OpenRequest } from "../source/source.js";
import { BorrowedElement } from "./borrowed.js";
import { type ContextLease, leaseContext } from "./context.js";
import { ElementEnd } from "./element-end.js";
import { type Captured, captureStream } from "./media-stream.js";
import { captureNode } from "./node.js";
import { poll } from "./poll.js";
import { trimEnd } from "./trim-end.js";

/** `captureStream` is in no lib.dom for media elements: it is not in Safari. Firefox has it under its old name. */
interface Capturable {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

/** Seconds that an element plays without a sound until its capture is renewed. */
const silentSeconds = 0.3;

/** Elements that were routed through Web Audio, which is for ever: the node, and the context it keeps alive. */
const routed = new WeakMap<HTMLMediaElement, { node: AudioNode; lease: ContextLease }>();

/**
 * Captures what `element` plays, starting it if it is paused, until that ends. Until something is captured the app may still
 * change what that is. `local`: whether the page hears it too. When the element fails, the stream does, after what came
 * until then.
 */
export async function captureElement(
  element: HTMLMediaElement & Capturable,
  local: "silent" | "play",
  request: OpenRequest,
): Promise<ReadableStream<Int16Array>> {
  const over = new AbortController();
  const end = new ElementEnd(element, request, over.signal);
  const borrowed = BorrowedElement.of(element);
  let silenced = false;
  const silence = (off: () => void, on: () => void): void => {
    if (local === "play") return;
    silenced = true;
    borrowed.silence(off, on);
  };
  const released = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    borrowed.giveBack(silenced);
  };
  try {
    await atStart(element, request.signal);
    const bounded = { ...request, ended: end.signal };
    const capture = element.captureStream ?? element.mozCaptureStream;
    const { srcObject } = element;
    const shown = srcObject !== null && "getAudioTracks" in srcObject;
    const host = { released, follow: end.reached };
    const stream = shown
      ? await captureStream(srcObject, bounded, { ...host, element, silent: (error) => end.reach(error) })
      : capture
        ? await captureStream(capturedOf(element, borrowed, capture), bounded, host)
        : await captureRouted(element, silence, bounded, released);
    // The turn may be over by now.
    if (over.signal.aborted) return stream;
    if (shown || capture) silence(...muting(element));
    await played(element, borrowed, request.signal);
    end.watch((cause) => failure(element, cause));
    const heard = new AbortController();
    over.signal.addEventListener("abort", () => heard.abort());
    if (capture && !shown) listen(element, borrowed, heard.signal);
    return trimEnd(stream, end.reached, () => {
      if (!heard.signal.aborted) borrowed.sounds();
      heard.abort();
    });
  } catch (cause) {
    released();
    throw cause instanceof EchoError || request.signal.aborted ? cause : failure(element, cause);
  }
}

/** Waits until the element knows its tracks and has not ended. The app may give it another source meanwhile. */
async function atStart(element: HTMLMediaElement, signal: AbortSignal): Promise<void> {
  for (;;) {
    await loaded(element, signal);
    if (!element.ended) return;
    await unlessCalledOff(rewind(element, signal));
  }
}

/** Plays the element where it is paused, with the source that it has by then. */
async function played(element: HTMLMediaElement, borrowed: BorrowedElement, signal: AbortSignal): Promise<void> {
  do {
    await loaded(element, signal);
    if (element.ended) return;
    await unlessCalledOff(abortable(borrowed.play(), signal));
  } while (element.readyState < HTMLMediaElement.HAVE_METADATA);
}

/** Ignores that another source, or a pause, has called `step` off. */
async function unlessCalledOff(step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === "AbortError")) throw cause;
  }
}

/** Tells `borrowed` when the element plays for a while and nothing is heard, until `signal` aborts. */
function listen(element: HTMLMediaElement, borrowed: BorrowedElement, signal: AbortSignal): void {
  let time = element.currentTime;
  let seconds = 0;
  poll(() => {
    seconds += Math.max(0, Math.min(element.currentTime - time, 0.2));
    time = element.currentTime;
    if (seconds < silentSeconds) return;
    seconds = Number.NEGATIVE_INFINITY;
    borrowed.silent();
  }, signal);
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

/** Waits until the element knows its tracks. */
async function loaded(element: HTMLMediaElement, signal: AbortSignal): Promise<void> {
  if (element.error) throw failure(element, element.error);
  if (element.readyState >= HTMLMediaElement.HAVE_METADATA) return;
  const done = new AbortController();
  const lazy = element.preload === "none";
  try {
    let looks = 0;
    const known = new Promise<void>((resolve, reject) => {
      element.addEventListener("loadedmetadata", () => resolve(), { signal: done.signal });
      // An error of the source before leaves none behind.
      element.addEventListener("error", () => element.error && reject(failure(element, element.error)), {
        signal: done.signal,
      });
      // That nothing is left that could be loaded is no event. Nor is there a source for a moment after the app has set one.
      poll(() => {
        looks = hasNoSource(element) ? looks + 1 : 0;
        if (looks > 1) reject(noSource());
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
    const back = new Promise((resolve) => {
      for (const type of ["seeked", "emptied"]) element.addEventListener(type, resolve, { once: true });
    });
    element.currentTime = 0;
    await abortable(back, signal);
  } finally {
    element.muted = muted;
  }
}

function capturedOf(element: HTMLMediaElement, borrowed: BorrowedElement, capture: () => MediaStream): Captured {
  try {
    const captured = borrowed.captured(capture);
    if (captured.getAudioTracks()[0]) return captured;
  } catch (cause) {
    throw failure(element, cause);
  }
  throw new EchoError("no-audio", "The media element has no audio track.");
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

/** The error for what `element` could not do. */
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
