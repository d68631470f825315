import type { AudioSetup } from "../source/source.js";
import { type ContextLease, leaseContext } from "./context.js";

/** A MediaStream in a context that can take it. */
export interface StreamInput {
  /** The claim on that context. */
  lease: ContextLease;
  /** Gives what the stream gives. */
  node: AudioNode;
}

/** Streams that a context takes, in Chromium: it keeps each one's node, some 40 KB, for as long as the context lives (156). */
const mostStreams = "userAgentData" in (globalThis.navigator ?? {}) ? 200 : Number.POSITIVE_INFINITY;
const taken = new WeakMap<BaseAudioContext, number>();

/**
 * Brings a stream's audio into the app's or the shared context, or, when that has taken as many as it should, into another
 * that is closed after use. Firefox connects no stream whose rate differs from the context's and throws; the stream then
 * gets a context of our own at its rate.
 */
export function connectStream(stream: MediaStream, audio: AudioSetup | undefined): StreamInput {
  let lease = leaseContext(audio);
  for (let spare = 0; (taken.get(lease.context) ?? 0) >= mostStreams; spare--) {
    lease.release();
    lease = leaseContext(undefined, spare);
  }
  try {
    return inputOf(stream, lease);
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
  taken.set(context, (taken.get(context) ?? 0) + 1);
  return new MediaStreamAudioSourceNode(context, { mediaStream: stream });
}
