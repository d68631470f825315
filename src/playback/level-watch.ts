import type { Clock } from "../flow/clock.js";
import type { PlaybackInput, PlaybackState } from "./state.js";

/** -40 dBFS: speech is above, comfort noise below. How Daily computes its levels is [unknown]. */
const audible = 0.01;
/** A pause near the end of a speech is shorter than this, nearly always. */
const endSilenceSeconds = 0.3;
/** What begins to sound this much later than a span's first message is hardly that span. */
const latestStartSeconds = 10;
/** Of a span's end, what is looked at for its last sound. */
const tailSeconds = 3;
/** Sound that goes on this much longer than the span is somebody else's. */
const longestExcessSeconds = 10;
/** A silence of this length, at a place where at least `dueSeconds` of sound were due, speaks against the span. */
const silenceSeconds = 3;
const dueSeconds = 1;
/** A position may be off by this much before its start was placed. */
const slackSeconds = 0.5;
const slackPart = 0.02;
/** The observer runs on between two turns for this long. */
const idleSeconds = 5;
/** Length of the pieces that are called audible or not. */
const blockSeconds = 0.05;

/** What a {@link LevelWatch} needs of the queue of turns. */
export interface LevelHost {
  clock: Clock;
  /** Hz of {@link LevelHost.samples}. */
  sampleRate: number;
  /** What is known now. */
  state(): PlaybackState;
  /** Seconds of the current span that have been heard, as far as is known. */
  heardSeconds(): number;
  /** Samples of the current span, in seconds of it, as far as they were sent and are kept; undefined for text. Not to be changed. */
  samples(from: number, to: number): Int16Array | undefined;
  /** Takes a reading. */
  feed(input: PlaybackInput): void;
  /** Starts the observer; resolves with its end. */
  observe(listener: (level: number) => void): Promise<() => void>;
  warn(error: unknown): void;
}

const sounds = (sample: number): boolean => Math.abs(sample) > audible * 32_768;
const firstSound = (samples: Int16Array): number => Math.max(0, samples.findIndex(sounds));

// Values that it imported of the library would move to a file that the library itself then needs: types alone.

/**
 * Reads the level of the replica's own sound where no start event arrived: its onset is the start, its silence the end or
 * the loss. A level does not tell who speaks, so an onset counts only after a silence in which the span was sent. Loaded
 * when it is needed.
 */
export class LevelWatch {
  readonly #host: LevelHost;
  #usedAt = 0;
  #stop: Promise<() => void> | undefined;
  #readAt = 0;
  #soundedAt = -Infinity;
  /** Seconds of the span `#soundedIn` that had been heard then. */
  #soundedSeconds = 0;
  #soundedIn = "";
  /** Since when every reading has been silent; Infinity while one is not. */
  #silentSince = Infinity;

  constructor(host: LevelHost) {
    this.#host = host;
  }

  /** Reads from now on, if it does not already; until a while after the last call. */
  follow(): void {
    this.#usedAt = this.#host.clock.now();
    this.#stop ??= this.#start();
  }

  /** Ends the observation. */
  close(): void {
    void this.#stop?.then((stop) => stop());
    this.#stop = undefined;
    this.#silentSince = Infinity;
  }

  async #start(): Promise<() => void> {
    try {
      return await this.#host.observe((level) => this.#read(level));
    } catch (error) {
      this.#host.feed({ type: "noLevel" });
      this.#host.warn(error);
      return () => {};
    }
  }

  #read(level: number): void {
    if (!this.#stop) return;
    const now = this.#host.clock.now();
    const began = (this.#readAt + now) / 2;
    const silentSince = this.#silentSince;
    const loud = level > audible;
    this.#readAt = now;
    if (loud) this.#soundedAt = now;
    this.#silentSince = loud ? Infinity : Math.min(silentSince, now);
    if (!this.#host.state().span && now > this.#usedAt + idleSeconds) this.close();
    else this.#host.feed({ type: "level", loud, ...this.#measure(now, loud, silentSince, began) });
  }

  /** What this reading says of the current span. `began`: the middle between the reading before and now. */
  #measure(now: number, loud: boolean, silentSince: number, began: number): { heard?: number; silentFrom?: number } {
    const { sampleRate } = this.#host;
    const { span } = this.#host.state();
    if (!span) return {};
    const { basis, clock, done, firstSentAt } = span;
    const { sent } = clock;
    const start = this.#host.samples(0, latestStartSeconds);
    if (!start) return {};
    if (loud && basis === "estimate" && !span.anchor) {
      // Was it silent since before the first message left?
      if (silentSince <= firstSentAt && now <= firstSentAt + latestStartSeconds)
        return { heard: now - began + firstSound(start) / sampleRate };
    }
    const heard = this.#host.heardSeconds();
    if (loud) {
      this.#soundedSeconds = heard;
      this.#soundedIn = span.id;
    }
    const sounded = this.#soundedIn === span.id ? this.#soundedSeconds : 0;
    const silence = now - Math.max(this.#soundedAt, firstSentAt);
    const due = heard - sounded;
    if (!loud && due >= silenceSeconds && this.#audibleSeconds(sounded, heard - slackSeconds) >= dueSeconds)
      return { silentFrom: sounded };
    if (!done || heard < sent - tailSeconds || (span.anchor && loud)) return {};
    // Seconds of the span at which its last sound ends.
    const tail = this.#host
      .samples(sent - tailSeconds, sent)
      ?.slice()
      .reverse();
    const last = sent - (tail ? firstSound(tail) / sampleRate : 0);
    if (loud) {
      // What still sounds is not over, whatever the clock says.
      const excess = heard > last && now < clock.startsAt + sent + longestExcessSeconds;
      return excess ? { heard: last } : {};
    }
    if (silence <= endSilenceSeconds || sounded === 0) return {};
    // The start is estimated as early as it can be: a sound that ends much earlier than foreseen has lost something.
    if (last - sounded > Math.max(slackSeconds, slackPart * sent)) return heard < last ? {} : { silentFrom: sounded };
    return basis === "estimate" ? { heard: last + silence } : {};
  }

  #audibleSeconds(from: number, to: number): number {
    const { sampleRate } = this.#host;
    const samples = this.#host.samples(Math.max(0, from), Math.max(0, to)) ?? new Int16Array(0);
    const block = Math.round(blockSeconds * sampleRate);
    let blocks = 0;
    for (let at = 0; at < samples.length; at += block) if (samples.subarray(at, at + block).some(sounds)) blocks++;
    return blocks * blockSeconds;
  }
}
