import { captureStream, liveTrack, whySilent } from "../capture/media-stream.js";
import { either } from "./either.js";
import { notMedia } from "./right-door.js";
import type { Source } from "./source.js";

/**
 * The first live audio track of a MediaStream, or a track: a remote WebRTC participant, a screen's sound, the app's own
 * graph, a microphone that the app has opened. Remote tracks work in Chrome too. Tracks are borrowed: none is ever stopped.
 * When the track of a stream ends or is removed while another audio track lives there, the turn continues with that one.
 * When none lives, the turn ends.
 *
 * Throws TypeError for what is neither, and for a video track.
 */
export function mediaStream(source: MediaStream | MediaStreamTrack): Source {
  const isStream = typeof (source as MediaStream | null)?.getAudioTracks === "function";
  if (!isStream && (source as MediaStreamTrack | null)?.kind !== "audio")
    throw new TypeError(
      `mediaStream() takes a MediaStream or an audio MediaStreamTrack${notMedia(source, "mediaStream()", "audioFile(new URL(text, location.href))")}`,
    );
  const captured = isStream ? (source as MediaStream) : { getAudioTracks: () => [source as MediaStreamTrack] };
  return {
    live: true,
    silence: () => whySilent(liveTrack(captured)),
    open: async (request) => {
      const gone = new AbortController();
      return captureStream(
        captured,
        { ...request, ended: either(request.ended, gone.signal) },
        { silent: (error) => gone.abort(error) },
      );
    },
  };
}
