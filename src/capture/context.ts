import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import { systemClock } from "../flow/clock.js";
import type { AudioSetup } from "../source/source.js";

/** Seconds that opening waits for a context that is not running before it gives up. */
const resumeSeconds = 3;

/** A claim on a context. */
export interface ContextLease {
  /** The context to build nodes in. */
  readonly context: AudioContext;
  /** Gives up the claim; our own context is closed with its last claim, the app's never. Idempotent. */
  release(): void;
}

/** Our own contexts by rate (undefined, or 0 and less: the device's), with the number of claims. Filled on first use only. */
const owned = new Map<number | undefined, { context: AudioContext; claims: number }>();

/**
 * The app's context, or one that all sources share. `sampleRate` asks for one of our own at that rate: Firefox connects
 * no track whose rate differs from the context's. 0 and less are further ones at the device's rate.
 */
export function leaseContext(audio: AudioSetup | undefined, sampleRate?: number): ContextLease {
  if (audio?.context && sampleRate === undefined) return { context: audio.context, release: () => undefined };
  let entry = owned.get(sampleRate);
  if (!entry || entry.context.state === "closed") {
    entry = { context: makeContext(sampleRate), claims: 0 };
    owned.set(sampleRate, entry);
  }
  const shared = entry;
  shared.claims++;
  let released = false;
  return {
    context: shared.context,
    release: () => {
      if (released) return;
      released = true;
      if (--shared.claims > 0) return;
      if (owned.get(sampleRate) === shared) owned.delete(sampleRate);
      // A context that is closed already rejects: there is nothing left to release then.
      shared.context.close().catch(() => undefined);
    },
  };
}

function makeContext(sampleRate: number | undefined): AudioContext {
  if (typeof AudioContext === "undefined")
    throw new EchoError("unsupported", "This environment has no AudioContext.", {
      remedy: "Open live sources in a browser's page; pcm() works without Web Audio.",
    });
  try {
    return new AudioContext(sampleRate && sampleRate > 0 ? { sampleRate } : {});
  } catch (cause) {
    throw new EchoError("unsupported", "The browser refused to make an AudioContext.", { cause });
  }
}

/** Whether `context` renders offline, so that it has no clock to wait for. */
export function isOffline(context: BaseAudioContext): context is OfflineAudioContext {
  return "startRendering" in context;
}

/** `state` as it really is: lib.dom and some engines do not know iOS' "interrupted". */
export function stateOf(context: BaseAudioContext): "running" | "suspended" | "interrupted" | "closed" {
  return context.state as "running" | "suspended" | "interrupted" | "closed";
}

/**
 * Resolves when `context` runs. A suspended one is asked to resume; an interrupted one (iOS: a call, another app) is
 * waited for and never resumed, which would fail and leave it stuck. Offline contexts pass at once.
 */
export async function whenRunning(context: BaseAudioContext, signal: AbortSignal): Promise<void> {
  if (stateOf(context) === "closed") throw closed();
  if (isOffline(context)) return;
  const done = new AbortController();
  try {
    const running = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const state = stateOf(context);
        if (state === "running") resolve();
        if (state === "closed") reject(closed());
        // A refusal shows as a state that does not change, which the time limit reports.
        if (state === "suspended") (context as AudioContext).resume().catch(() => undefined);
      };
      context.addEventListener("statechange", look, { signal: done.signal });
      look();
    });
    const limit = systemClock.sleep(resumeSeconds, done.signal).then(() => {
      if (done.signal.aborted || stateOf(context) === "running") return;
      throw notRunning(stateOf(context));
    });
    await abortable(Promise.race([running, limit]), signal);
  } finally {
    done.abort();
  }
}

function notRunning(state: string): EchoError {
  return new EchoError(
    "context-suspended",
    `The AudioContext is ${state} and did not resume in ${resumeSeconds} s.`,
    // By the system: for a call, or another app.
    state === "interrupted" ? { remedy: "Wait until the system gives the audio back, then speak again." } : {},
  );
}

/** The error for a context that was closed. */
export function closed(): EchoError {
  return new EchoError("context-closed", "The AudioContext was closed.");
}
