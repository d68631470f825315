import { systemClock } from "../flow/clock.js";
import type { Warning } from "../warning.js";
import type { MicrophoneSession } from "./microphone-session.js";

/** Seconds in which nothing at all was heard, after which that is told. */
const patienceSeconds = 8;
/** RMS, 0 to 1, below which a microphone is silent: -70 dBFS, under the noise of any room. */
const silentLevel = 10 ** (-70 / 20);

/**
 * Warns, once each, until `over` aborts: of a microphone in which nothing has been heard since the call, not even noise, so that no
 * utterance can begin; and of one that gives no samples, because the page's audio does not run.
 */
export async function watchListening(session: MicrophoneSession, over: AbortSignal): Promise<void> {
  let highest = 0;
  let reports = 0;
  const off = session.events.on("level", (level) => {
    highest = Math.max(highest, level);
    reports++;
  });
  const told = new Set<string>();
  const tell = (warning: Warning): void => {
    if (told.has(warning.code)) return;
    told.add(warning.code);
    if (session.warn) session.warn(warning);
    // Nobody has prepared the microphone who could be told.
    else console.warn(`${warning.message} ${warning.remedy}`);
  };
  while (!over.aborted) {
    const before = reports;
    await systemClock.sleep(patienceSeconds, over);
    if (over.aborted) break;
    if (reports === before)
      tell({
        code: "context-suspended",
        message: `Hands-free listens, and the microphone gave no samples for ${patienceSeconds} s: the page's audio does not run.`,
        remedy: "Call replica.prepare() in a click, or resume() if the context is yours.",
      });
    else if (highest < silentLevel)
      tell({
        code: "source-silent",
        message: `Hands-free listens, and the microphone gave silence for ${patienceSeconds} s: ${highest === 0 ? "every sample was 0" : `${(20 * Math.log10(highest)).toFixed(1)} dBFS at most`}.`,
        remedy: "Unmute the microphone in the system or on the device, or choose another deviceId.",
      });
  }
  off();
}
