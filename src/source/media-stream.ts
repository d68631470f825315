import { captureStream } from "../capture/media-stream.js";
import { poll } from "../capture/poll.js";
import { EchoError } from "../errors.js";
import { either } from "./either.js";
import type { Source } from "./source.js";
import { notThis } from "./wrong-argument.js";

/**
 * The first audio track of a MediaStream, or a track: a remote WebRTC participant, a screen's sound, the app's own graph,
 * a microphone that the app has opened. Remote tracks work in Chrome too. The track is borrowed: it is never stopped. When
 * it ends, or is stopped, the turn ends.
 *
 * Throws TypeError for what is neither, and for a video track.
 */
export function mediaStream(source: MediaStream | MediaStreamTrack): Source {
  const isStream = typeof (source as MediaStream | null)?.getAudioTracks === "function";
  if (!isStream && (source as MediaStreamTrack | null)?.kind !== "audio")
    throw new TypeError(
      `mediaStream() takes a MediaStream or an audio MediaStreamTrack${notThis(source, "mediaStream()", "say()")}`,
    );
  return {
    live: true,
    open: async (request) => {
      const track = isStream ? (source as MediaStream).getAudioTracks()[0] : (source as MediaStreamTrack);
      if (!track) throw new EchoError("no-audio", "The MediaStream has no audio track.");
      const gone = new AbortController();
      const released = new AbortController();
      const look = (): void => {
        if (track.readyState === "ended") gone.abort();
      };
      track.addEventListener("ended", look, { signal: released.signal });
      // Its owner's stop() is no event.
      poll(look, released.signal);
      look();
      const ended = either(request.ended, gone.signal);
      return captureStream(new MediaStream([track]), { ...request, ended }, () => released.abort());
    },
  };
}
