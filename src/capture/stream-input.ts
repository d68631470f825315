import type { AudioSetup } from "../source/source.js";
import { type ContextLease, leaseContext } from "./context.js";

/** A MediaStream in a context that can take it. */
export interface StreamInput {
  /** The claim on that context. */
  lease: ContextLease;
  /** Gives what the stream gives. */
  node: AudioNode;
}

/**
 * Brings a stream's audio into the app's or the shared context. Firefox connects no stream whose rate differs from the
 * context's and throws; the stream then gets a context of our own at its rate.
 */
export function connectStream(stream: MediaStream, audio: AudioSetup | undefined): StreamInput {
  const lease = leaseContext(audio);
  try {
    return { lease, node: streamNode(lease.context, stream) };
  } catch (error) {
    lease.release();
    const rate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
    if ((error as DOMException).name !== "NotSupportedError" || !rate) throw error;
    const own = leaseContext(audio, rate);
    try {
      return { lease: own, node: streamNode(own.context, stream) };
    } catch (again) {
      own.release();
      throw again;
    }
  }
}

/** The source node of `stream` in `context`. */
export function streamNode(context: AudioContext, stream: MediaStream): AudioNode {
  return new MediaStreamAudioSourceNode(context, { mediaStream: stream });
}
