import { EchoError } from "../errors.js";
import { samplesPerMessage, wholeGroups } from "../flow/budget.js";
import type { Clock } from "../flow/clock.js";
import type { AudioSetup, Source } from "../source/source.js";
import { base64Pcm } from "../tavus/base64.js";
import { type Address, audioEcho } from "../tavus/interaction.js";
import type { Warning } from "../warning.js";
import type { Payload, Piece } from "./payload.js";
import { SampleQueue } from "./sample-queue.js";

/** Held back while more may come, so that the message with `done: true` carries real audio without delaying a live chunk. */
const holdBackSeconds = 0.01;
/** Length of a live source's messages, and of any turn's first one. */
const shortSeconds = 0.06;
/** Length of the others, as the limit allows. */
const longSeconds = 0.4;
/** Below this lead a message leaves before it is full: latency counts more than the number of messages. */
const thinLeadSeconds = 1;
/** A source that has given nothing for this long is not waited for to fill a message. */
const lullSeconds = 0.1;
/** Read ahead of a source that can wait. */
const readAheadSeconds = 1;
/** What is kept of a source that cannot wait. */
const backlogSeconds = 20;
/** Kept beyond what has been heard: a position is withdrawn by as much, where a start turns out to be that of a long greeting. */
const keepSeconds = 60;
/** How long a source may take to close its stream once it was asked to end. */
const endGraceSeconds = 2;

/** What a payload needs of the world around. */
export interface AudioSurroundings {
  /** The injected time. */
  clock: Clock;
  /** Hz of what is sent. */
  sampleRate: number;
  /** Where capture finds its context and files. */
  audio: AudioSetup | undefined;
  /** Every message short, as for live sources: the replica's lead is 0. */
  short: boolean;
  /** Passed on to the source. */
  warn(warning: Warning): void;
}

/** A source's samples on their way into messages. It owns the stream, the backlog and what a resume would need. */
export class AudioPayload implements Payload {
  readonly live: boolean;
  readonly exact = true;
  /** Called when samples came in, the stream ended or broke. The turn that says the payload sets it. */
  changed: () => void = () => {};
  failure: EchoError | undefined;

  readonly #source: Source;
  readonly #around: AudioSurroundings;
  readonly #ending = new AbortController();
  readonly #dropping = new AbortController();
  readonly #queue = new SampleQueue();
  /** Sent and perhaps not heard: from sample `#keptFrom` of the turn on. */
  readonly #kept = new SampleQueue();
  #keptFrom = 0;
  #sent = 0;
  #measured: { address: Address; length: number } | undefined;
  #opened = false;
  #ended = false;
  #paused = false;
  #cancelled = false;
  /** When the read that is underway began. */
  #readingSince: number | undefined;
  #readAfterEnd = 0;
  #lastInput = 0;
  #resumeReading: (() => void) | undefined;

  constructor(source: Source, around: AudioSurroundings) {
    this.#source = source;
    this.#around = around;
    this.live = source.live === true;
  }

  get queuedSeconds(): number {
    return this.#queue.length / this.#around.sampleRate;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get empty(): boolean {
    return this.#ended && this.#sent === 0 && this.#queue.length === 0;
  }

  get overflowing(): boolean {
    return this.live && this.queuedSeconds > backlogSeconds;
  }

  get resumable(): true | string {
    return this.#cancelled ? "what was left of it has been dropped" : true;
  }

  open(): void {
    if (this.#opened || this.#ended) return;
    this.#opened = true;
    void this.#read();
  }

  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    if (!this.#opened) this.#finish();
    else void this.#giveUpWaiting();
  }

  next(address: Address, limit: number, leadSeconds: number, now: number): Piece | number {
    const count = this.#count(address, limit, leadSeconds, now);
    if (count.samples === 0) return count.retryIn;
    return this.#piece(address, count.samples, this.#ended && count.samples === this.#queue.length);
  }

  closing(address: Address): Piece | undefined {
    const samples = Math.min(this.#queue.length, Math.round(holdBackSeconds * this.#around.sampleRate));
    return samples > 0 ? this.#piece(address, samples, true) : undefined;
  }

  capacitySeconds(address: Address, limit: number): number {
    return samplesPerMessage(limit, this.#envelope(address)) / this.#around.sampleRate;
  }

  #piece(address: Address, count: number, last: boolean): Piece {
    const samples = this.#queue.peek(count);
    return {
      message: () => audioEcho(address, this.#around.sampleRate, base64Pcm(samples), last),
      seconds: samples.length / this.#around.sampleRate,
      until: (this.#sent + samples.length) / this.#around.sampleRate,
      last,
      commit: () => {
        this.#kept.push(samples);
        this.#queue.drop(samples.length);
        this.#sent += samples.length;
        this.#resumeReading?.();
      },
    };
  }

  heard(seconds: number): void {
    const until = Math.floor((seconds - keepSeconds) * this.#around.sampleRate);
    if (until <= this.#keptFrom) return;
    this.#kept.drop(until - this.#keptFrom);
    this.#keptFrom = Math.min(until, this.#sent);
  }

  pause(heardSeconds: number): void {
    this.#paused = true;
    // A live source cannot wait: what it captured until now can be resumed, more is not asked for.
    if (this.live) this.end();
    const from = Math.min(this.#sent, Math.round(heardSeconds * this.#around.sampleRate));
    this.#kept.drop(Math.max(0, from - this.#keptFrom));
    this.#queue.prepend(this.#kept);
    this.#keptFrom = 0;
    this.#sent = 0;
  }

  /** A new turn takes the paused payload over. */
  resume(): void {
    this.#paused = false;
    this.#resumeReading?.();
  }

  cancel(): void {
    this.#queue.clear();
    this.#kept.clear();
    this.#ended = true;
    this.#cancelled = true;
    this.changed = () => {};
    this.#dropping.abort();
    this.#resumeReading?.();
  }

  /** How many samples go into the next message; with none, when to look again. */
  #count(address: Address, limit: number, lead: number, now: number): { samples: number; retryIn: number } {
    const rate = this.#around.sampleRate;
    const envelope = this.#envelope(address);
    const fits = samplesPerMessage(limit, envelope);
    if (fits === 0)
      throw new EchoError(
        "message-too-long",
        `The room takes messages of ${limit} characters; the envelope alone is ${envelope}.`,
      );
    const first = this.#sent === 0;
    const behind = this.#queue.length > 2 * shortSeconds * rate;
    const wanted = Math.round(
      rate * (first || this.#around.short || (this.live && !behind) ? shortSeconds : longSeconds),
    );
    const full = Math.min(fits, wanted);
    if (this.#ended) return { samples: Math.min(this.#queue.length, full), retryIn: Number.POSITIVE_INFINITY };

    const holdBack = Math.round(holdBackSeconds * rate);
    const free = wholeGroups(Math.max(0, this.#queue.length - holdBack));
    if (free >= full) return { samples: full, retryIn: 0 };
    const enough = Math.min(fits, Math.round(shortSeconds * rate) - (first ? holdBack : 0));
    if (free === 0) return { samples: 0, retryIn: Number.POSITIVE_INFINITY };
    if (lead > thinLeadSeconds) return { samples: 0, retryIn: lead - thinLeadSeconds };
    const lullOver = this.#lastInput + lullSeconds;
    if (free >= wholeGroups(enough) || now >= lullOver) return { samples: free, retryIn: 0 };
    return { samples: 0, retryIn: lullOver - now };
  }

  /** Characters of the message without its audio. `false` is the longer of the two values of `done`. */
  #envelope(address: Address): number {
    if (this.#measured?.address !== address)
      this.#measured = {
        address,
        length: JSON.stringify(audioEcho(address, this.#around.sampleRate, "", false)).length,
      };
    return this.#measured.length;
  }

  async #read(): Promise<void> {
    const { sampleRate, audio, warn } = this.#around;
    let reader: ReadableStreamDefaultReader<Int16Array> | undefined;
    const dropped = this.#dropping.signal;
    try {
      const stream = await this.#source.open({
        sampleRate,
        chunkFrames: Math.round(shortSeconds * sampleRate),
        ended: this.#ending.signal,
        signal: dropped,
        audio,
        warn,
      });
      reader = stream.getReader();
      const release = reader;
      if (dropped.aborted) throw dropped.reason;
      dropped.addEventListener("abort", () => void release.cancel(dropped.reason).catch(() => {}), { once: true });
      while (!this.#ended) {
        await this.#room();
        if (this.#ended) break;
        this.#readingSince = this.#around.clock.now();
        const { done, value } = await reader.read();
        this.#readingSince = undefined;
        if (done || this.#ended) break;
        if (!(value instanceof Int16Array))
          throw new TypeError(`A source gave ${Object.prototype.toString.call(value)} where Int16Array is expected.`);
        this.#lastInput = this.#around.clock.now();
        this.#queue.push(value);
        if (this.#ending.signal.aborted) this.#readAfterEnd += value.length;
        this.changed();
      }
      this.#finish();
    } catch (error) {
      if (dropped.aborted) void reader?.cancel(dropped.reason).catch(() => {});
      else {
        if (reader) void reader.cancel(error).catch(() => {});
        this.#finish(error);
      }
    }
  }

  /** Back-pressure: waits until there is room to read ahead. A live source is never kept waiting, nor one that is ending. */
  async #room(): Promise<void> {
    const full = (): boolean => this.#paused || this.queuedSeconds >= readAheadSeconds;
    while (!this.live && !this.#ended && full())
      await new Promise<void>((resolve) => {
        this.#resumeReading = resolve;
      });
  }

  /**
   * A source that ignores `ended` is cut off after a while: an end that was asked for has to come. A source that can wait
   * may hold a good deal that back-pressure has kept in it, so only one that gives nothing, or no end of it, is cut.
   */
  async #giveUpWaiting(): Promise<void> {
    const { clock, sampleRate, warn } = this.#around;
    const asked = clock.now();
    const patience = (): number =>
      this.live
        ? asked + endGraceSeconds - clock.now()
        : this.#readAfterEnd > backlogSeconds * sampleRate
          ? 0
          : (this.#readingSince ?? clock.now()) + endGraceSeconds - clock.now();
    for (let left = endGraceSeconds; left > 0 && !this.#ended; left = patience())
      await clock.sleep(left, this.#dropping.signal);
    if (this.#ended) return;
    warn({
      code: "source-did-not-end",
      message: "The source did not close its stream after it was asked to end; it was cancelled.",
      remedy: "In open(), listen to `ended`: deliver what was captured, then close the stream.",
    });
    this.#finish();
    this.#dropping.abort();
  }

  #finish(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error !== undefined)
      this.failure =
        error instanceof EchoError
          ? error
          : new EchoError("source-failed", `The source broke off: ${messageOf(error)}`, { cause: error });
    this.changed();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
