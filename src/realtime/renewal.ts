import type { Clock } from "../flow/clock.js";
import type { ModelSession } from "./model-session.js";
import { RealtimeError } from "./realtime-error.js";

/** What a renewal needs of the run. */
export interface RenewalHost {
  readonly clock: Clock;
  /** Opens another session beside the one that is about to end. Rejects when it cannot. */
  open(previous: ModelSession, signal: AbortSignal): Promise<ModelSession>;
  /** Puts `next` in the place of `previous`. */
  swap(previous: ModelSession, next: ModelSession): void;
}

/** A pause is looked for from so long before the end, in the last tenth of a short session, or once the end is announced. */
const windowSeconds = 300;
const windowShare = 0.1;
/** Nobody has said anything for so long: a pause. */
const pauseSeconds = 1;
const lookSeconds = 0.25;
/** Between two attempts. */
const againSeconds = 10;

/**
 * Replaces a session before its longest duration is over, in a pause: the new one is opened beside the old one, and takes
 * its place if nobody speaks by then. Without a pause, or when it fails, the session ends when the provider ends it.
 */
export class Renewal {
  readonly #host: RenewalHost;
  #plan = new AbortController();

  /** Plans nothing by itself. */
  constructor(host: RenewalHost) {
    this.#host = host;
  }

  /** A session begins, or the time of its end became known. */
  plan(session: ModelSession): void {
    this.cancel();
    if (session.endsAt !== undefined) void this.#follow(session, session.endsAt, this.#plan.signal);
  }

  /** The session is over. */
  cancel(): void {
    this.#plan.abort(new RealtimeError("closed", "The session ended while another was opened."));
    this.#plan = new AbortController();
  }

  async #follow(session: ModelSession, endsAt: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    const left = endsAt - clock.now();
    const window = session.leaving ? left : Math.min(windowSeconds, left * windowShare);
    await clock.sleep(Math.max(0, left - window), signal);
    while (!signal.aborted && clock.now() < endsAt) {
      if (!(await this.#pause(session, endsAt, signal))) return;
      let next: ModelSession | undefined;
      try {
        next = await this.#host.open(session, signal);
      } catch {
        // The session goes on: what is wrong is reported when the provider ends it and it still is.
      }
      if (signal.aborted || !session.idle) next?.end();
      else if (next) return this.#host.swap(session, next);
      await clock.sleep(againSeconds, signal);
    }
  }

  /** Resolves with true when nobody has spoken for a while; with false when the session ended before. */
  async #pause(session: ModelSession, endsAt: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#host;
    let since: number | undefined;
    while (!signal.aborted && clock.now() < endsAt) {
      since = session.idle ? (since ?? clock.now()) : undefined;
      if (since !== undefined && clock.now() - since >= pauseSeconds) return true;
      await clock.sleep(lookSeconds, signal);
    }
    return false;
  }
}
