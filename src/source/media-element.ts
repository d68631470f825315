import { captureElement } from "../capture/media-element.js";
import { liveTrack, whySilent } from "../capture/media-stream.js";
import { isNative } from "../capture/native.js";
import { notMedia } from "./right-door.js";
import type { Source } from "./source.js";

/** How an element's sound is handled on this side. */
export interface MediaElementOptions {
  /**
   * "silent" (the default): the page does not play it, since the replica says it; the element is muted from the turn's
   * opening to its end. "play": it is heard here too.
   */
  local?: "silent" | "play" | undefined;
}

/**
 * What an `<audio>` or `<video>` element plays, in real time. A paused element is started when the turn opens; its end, or
 * another `src`, ends the turn; pausing it gives silence. Browsers with `captureStream` leave the element as it was
 * afterwards. Others (Safari) can only route it through Web Audio, which cannot be undone: there the element's sound goes
 * through our context from the first turn on, for as long as the page lives.
 *
 * Media from another origin without CORS fails with `source-failed`, and is never sent as silence: set `crossorigin` on
 * the element, and let the server allow it.
 *
 * Throws TypeError for what is no media element.
 */
export function mediaElement(element: HTMLMediaElement, options: MediaElementOptions = {}): Source {
  if (typeof HTMLMediaElement === "undefined" || !isNative(HTMLMediaElement.prototype, "currentSrc", element))
    throw new TypeError(
      `mediaElement() takes an <audio> or <video> element${notMedia(element, "mediaElement()", "audioFile(new URL(text, location.href))")}`,
    );
  const { local = "silent" } = options;
  if (local !== "silent" && local !== "play")
    throw new TypeError(`local must be "silent" or "play", not ${String(local)}.`);
  const silence = (): string | undefined => {
    const { srcObject, paused } = element;
    if (paused) return "The element is paused.";
    return srcObject && "getAudioTracks" in srcObject ? whySilent(liveTrack(srcObject)) : undefined;
  };
  return { live: true, silence, open: (request) => captureElement(element, local, request) };
}
