import type { AudioSetup } from "../source/source.js";
import { leaseContext, whenRunning } from "./context.js";
import { loadCapture } from "./module.js";

/**
 * Loads worklet and wasm and unlocks the context that sources will use, so that what can fail fails now, in the click.
 * The claim on the context lasts until the returned undo is called.
 */
export async function holdAudio(audio: AudioSetup | undefined, signal: AbortSignal): Promise<() => void> {
  const lease = leaseContext(audio);
  try {
    await Promise.all([whenRunning(lease.context, signal), loadCapture(lease.context, audio)]);
    return () => lease.release();
  } catch (error) {
    lease.release();
    throw error;
  }
}
