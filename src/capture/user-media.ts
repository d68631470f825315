import { EchoError } from "../errors.js";

/** Which device, and how. */
export interface DeviceChoice {
  /** Of `enumerateDevices()`. */
  deviceId?: string | undefined;
  /** For getUserMedia(). */
  constraints?: MediaTrackConstraints | undefined;
}

/**
 * Asks for a microphone (default: the system's), and the permission where it is not given. Rejects with an EchoError that
 * says what to do.
 */
export async function openMicrophone({ deviceId, constraints }: DeviceChoice): Promise<MediaStream> {
  if (!globalThis.navigator?.mediaDevices?.getUserMedia)
    throw new EchoError("unsupported", "This page cannot ask for a microphone.", {
      remedy: "Serve the page over https (or localhost): browsers give microphones to secure contexts only.",
    });
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { ...constraints, ...(deviceId !== undefined && { deviceId: { exact: deviceId } }) },
    });
  } catch (cause) {
    // Loaded when it is needed, which most pages never do; and if that fails too, what happened is told all the same.
    const words = await import("./refusal.js").catch(() => undefined);
    if (words) throw words.refusal(cause);
    const denied = (cause as DOMException).name === "NotAllowedError";
    throw new EchoError(denied ? "microphone-denied" : "microphone-missing", `No microphone: ${cause}`, { cause });
  }
}

/** Releases the device. */
export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.stop();
    // Chromium never lets go of a stream that getUserMedia() gave; at least of its tracks it does.
    stream.removeTrack(track);
  }
}
