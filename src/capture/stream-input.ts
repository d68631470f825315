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
  try {
    return inputOf(stream, leaseContext(audio));
  } catch (error) {
    const rate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
    if ((error as DOMException).name !== "NotSupportedError" || !rate) throw error;
    return inputOf(stream, leaseContext(audio, rate));
  }
}

/** Brings it into the context of `lease`, which is released when the context does not take it. */
export function inputOf(stream: MediaStream, lease: ContextLease): StreamInput {
  try {
    return { lease, node: streamNode(lease.context, stream) };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** The source node of `stream` in `context`. */
export function streamNode(context: AudioContext, stream: MediaStream): AudioNode {
  return new MediaStreamAudioSourceNode(context, { mediaStream: stream });
}
