import type { ActiveTurn } from "./active-turn.js";
import type { Outlet } from "./outlet.js";
import type { Patience } from "./patience.js";
import type { TurnHost } from "./turn-host.js";

/** -40 dBFS: speech is above, comfort noise below. How Daily computes its levels is [unknown]. */
const audible = 0.01;
/** A pause near the end of a speech is shorter than this, nearly always. */
const endSilenceSeconds = 0.3;
/** What begins to sound this much later than a turn's first message is hardly that turn. */
const latestStartSeconds = 10;
/** Of a turn's end, what is looked at for its last sound. */
const tailSeconds = 3;
/** Sound that goes on this much longer than the turn is somebody else's. */
const longestExcessSeconds = 10;
/** The observer runs on between two turns for this long. */
const idleSeconds = 5;

const sounds = (sample: number): boolean => Math.abs(sample) > audible * 32_768;
const firstSound = (samples: Int16Array): number => Math.max(0, samples.findIndex(sounds));

// Values that it imported of the library would move to a file that the library itself then needs: types alone.

/**
 * Moves a turn's position by the sound of the replica itself, where Tavus' events do not come: its onset is the start, its
 * silence the end. A level does not say who speaks, so an onset counts only after a silence in which the turn was sent;
 * and nothing counts from the first event on. Loaded when it is needed.
 */
export class LevelWatch {
  readonly #voice: TurnHost;
  readonly #outlet: Pick<Outlet, "observeLevel" | "warn">;
  readonly #patience: Patience;
  #turn: ActiveTurn | undefined;
  /** When a turn was followed last. */
  #usedAt = 0;
  #stop: Promise<() => void> | undefined;
  #readAt = 0;
  #soundedAt = -Infinity;
  /** Since when every reading has been silent; Infinity while one is not. */
  #silentSince = Infinity;

  /** The voice that is watched for, and the way to the levels. `patience` learns how long the sound takes. */
  constructor(voice: TurnHost, outlet: Pick<Outlet, "observeLevel" | "warn">, patience: Patience) {
    this.#voice = voice;
    this.#outlet = outlet;
    this.#patience = patience;
  }

  /** `turn` is the one that is being said, or none is. */
  follow(turn: ActiveTurn | undefined): void {
    this.#turn = turn;
    const now = this.#voice.clock.now();
    if (turn) {
      this.#usedAt = now;
      this.#stop ??= this.#start();
    } else if (now > this.#usedAt + idleSeconds) this.close();
  }

  /** Ends the observation. */
  close(): void {
    void this.#stop?.then((stop) => stop());
    this.#stop = undefined;
    this.#turn = undefined;
    this.#silentSince = Infinity;
  }

  async #start(): Promise<() => void> {
    try {
      return (await this.#outlet.observeLevel?.((level) => this.#read(level))) ?? (() => {});
    } catch (error) {
      this.#outlet.warn({
        code: "level-not-observed",
        message: `The replica's audio level cannot be observed: ${String(error).replace(/\.$/, "")}.`,
        remedy: "None is needed: positions are estimates as long as no events come.",
      });
      return () => {};
    }
  }

  #read(level: number): void {
    const now = this.#voice.clock.now();
    const began = (this.#readAt + now) / 2;
    const silentSince = this.#silentSince;
    const loud = level > audible;
    this.#readAt = now;
    if (loud) this.#soundedAt = now;
    this.#silentSince = loud ? Infinity : Math.min(silentSince, now);
    if (!this.#turn) this.follow(undefined);
    else if (this.#moves(this.#turn, now, loud, silentSince, began)) this.#voice.wake();
  }

  /** Moves the position of `turn` as far as this reading tells. `began`: the middle between the reading before and now. */
  #moves(turn: ActiveTurn, now: number, loud: boolean, silentSince: number, began: number): boolean {
    const { hearing, payload } = turn;
    const { sampleRate } = payload;
    const { firstSentAt, position } = hearing;
    if (!payload.sentSamples || !sampleRate || firstSentAt === undefined || turn.ending || position.basis === "event")
      return false;
    const sent = position.sentSeconds;
    if (loud && position.basis === "estimate") {
      // Was it silent since before the first message left?
      if (silentSince <= firstSentAt && now <= firstSentAt + latestStartSeconds) {
        const first = firstSound(payload.sentSamples(0, latestStartSeconds));
        const heard = now - began + first / sampleRate;
        position.plays(now, heard, "media");
        this.#patience.startSeconds = Math.max(0, now - heard - firstSentAt);
        return true;
      }
    }
    if (!turn.done || position.seconds(now) < sent - tailSeconds) return false;
    // Seconds of the turn at which its last sound ends.
    const last =
      sent -
      firstSound(
        payload
          .sentSamples(sent - tailSeconds, sent)
          .slice()
          .reverse(),
      ) /
        sampleRate;
    if (loud) {
      // What still sounds is not over, whatever the clock says.
      const excess = position.seconds(now) > last && now < position.startsAt + sent + longestExcessSeconds;
      if (excess) position.plays(now, last, position.basis);
      return excess;
    }
    const silence = now - this.#soundedAt;
    if (position.basis !== "estimate" || silence <= endSilenceSeconds || this.#soundedAt <= firstSentAt) return false;
    if (position.seconds(now) < last - silence) return false;
    position.plays(now, last + silence, "media");
    return true;
  }
}
