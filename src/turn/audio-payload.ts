import { report } from "../emitter.js";
import { samplesPerMessage } from "../flow/budget.js";
import type { Clock } from "../flow/clock.js";
import type { AudioSetup, Source } from "../source/source.js";
import { base64Pcm } from "../tavus/base64.js";
import { type Address, audioEcho } from "../tavus/interaction.js";
import type { Warning } from "../warning.js";
import { fullChunk, holdBackSeconds, nextChunk, shortSeconds } from "./chunk-size.js";
import { tooLong } from "./failure.js";
import { Gathering } from "./gathering.js";
import type { Payload, Piece } from "./payload.js";
import { SampleQueue } from "./sample-queue.js";
import type { SourceWatch } from "./source-watch.js";

/** A source that has given nothing for this long is not waited for to fill a message. */
const lullSeconds = 0.1;
/** Read ahead of a source that can wait. */
const readAheadSeconds = 1;
/** What is kept of a source that cannot wait. */
const backlogSeconds = 20;
/** Kept beyond what has been heard: a position is withdrawn by as much, where a start turns out to be that of a long greeting. */
const keepSeconds = 60;
/** Samples of a message that only keeps an id alive: 1 ms at 24 kHz, in whole groups of base64. */
const keepAliveSamples = 24;
/** Samples that close an id which may take nothing more: they are said again under the next one. */
const closingSamples = 3;
/** Between two looks at the backlog: the page did not run. */
const blockedSeconds = 2;
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
export class AudioPayload extends Gathering<Int16Array> implements Payload {
  readonly live: boolean;
  readonly exact = true;
  readonly #source: Source;
  readonly #around: AudioSurroundings;
  readonly sampleRate: number;
  readonly #ending = new AbortController();
  readonly #dropping = new AbortController();
  /** What is to be sent, behind what was sent and perhaps not heard: from sample `#keptFrom` of the turn on. */
  readonly #samples = new SampleQueue();
  #keptFrom = 0;
  #sent = 0;
  #measured: { address: Address; length: number } | undefined;
  #paused = false;
  #cancelled = false;
  /** The source is open. */
  #reading = false;
  #readAfterEnd = 0;
  #lastInput = 0;
  #lookedAt = Infinity;
  #blocked = 0;
  #watch: Promise<SourceWatch | undefined> | undefined;

  constructor(source: Source, around: AudioSurroundings) {
    super(around.clock);
    this.#source = source;
    this.#around = around;
    this.sampleRate = around.sampleRate;
    this.live = source.live === true;
  }

  get #queued(): number {
    return this.#keptFrom + this.#samples.length - this.#sent;
  }

  get queuedSeconds(): number {
    return this.#queued / this.sampleRate;
  }

  get finished(): boolean {
    return this.ended && this.#queued === 0;
  }

  get empty(): boolean {
    return this.finished && this.#sent === 0;
  }

  get asking(): boolean {
    return this.live && !this.#reading && this.#source.prepare !== undefined;
  }

  /** Looked at once a second: what comes in one go, because the page did not run, is not too much. */
  get overflowing(): boolean {
    const now = this.#around.clock.now();
    if (now > this.#lookedAt + blockedSeconds) this.#blocked += now - this.#lookedAt;
    this.#lookedAt = now;
    return this.live && this.queuedSeconds > backlogSeconds + this.#blocked;
  }

  get resumable(): true | string {
    return this.#cancelled ? "what was left of it has been dropped" : true;
  }

  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    if (this.opened) void this.#giveUpWaiting();
    else this.finish();
  }

  next(address: Address, limit: number, lead: number, now: number): Piece | number {
    const envelope = this.#envelope(address);
    const fits = samplesPerMessage(limit, envelope);
    if (fits === 0) throw tooLong(limit, envelope);
    const queued = this.#queued;
    // A live source that has fallen behind catches up with long messages.
    const short = this.#around.short || (this.live && queued <= 2 * shortSeconds * this.sampleRate);
    const supply = { queued, first: this.#sent === 0, short, lullOver: this.#lastInput + lullSeconds };
    const count = this.ended
      ? Math.min(queued, fullChunk(supply, fits, this.sampleRate))
      : nextChunk(supply, fits, this.sampleRate, lead, now);
    if (count > 0) return this.#piece(address, count, this.ended && count === queued);
    return -count || Infinity;
  }

  keepAlive(address: Address): Piece | undefined {
    // The rest stays for the message with `done: true`.
    const spare = this.#queued - keepAliveSamples;
    return spare > 0 ? this.#piece(address, Math.min(spare, keepAliveSamples), false) : undefined;
  }

  closing(address: Address, kept = false): Piece | undefined {
    const most = kept ? closingSamples : Math.round(holdBackSeconds * this.sampleRate);
    const samples = Math.min(this.#queued, most);
    return samples > 0 ? this.#piece(address, samples, true, kept) : undefined;
  }

  rewind(seconds: number): number {
    this.#sent = Math.max(this.#keptFrom, Math.min(this.#sent, Math.round(seconds * this.sampleRate)));
    return this.#sent / this.sampleRate;
  }

  sentSamples(from: number, to: number): Int16Array {
    const at = (seconds: number): number =>
      Math.max(0, Math.min(this.#sent, Math.round(seconds * this.sampleRate)) - this.#keptFrom);
    return this.#samples.peek(at(from), at(to) - at(from));
  }

  capacitySeconds(address: Address, limit: number): number {
    return samplesPerMessage(limit, this.#envelope(address)) / this.sampleRate;
  }

  #piece(address: Address, count: number, last: boolean, kept = false): Piece {
    const samples = this.#samples.peek(this.#sent - this.#keptFrom, count);
    const sent = kept ? 0 : count;
    return {
      message: () => audioEcho(address, this.sampleRate, base64Pcm(samples), last),
      seconds: count / this.sampleRate,
      until: (this.#sent + sent) / this.sampleRate,
      last,
      commit: () => {
        this.#sent += sent;
        this.proceed();
      },
    };
  }

  heard(seconds: number): void {
    this.#forget(seconds - keepSeconds);
  }

  /** What was heard until `seconds` is not needed any more. */
  #forget(seconds: number): void {
    const count = Math.min(this.#sent, Math.round(seconds * this.sampleRate)) - this.#keptFrom;
    if (count <= 0) return;
    this.#samples.drop(count);
    this.#keptFrom += count;
  }

  pause(heardSeconds: number): void {
    this.#paused = true;
    // A live source cannot wait: what it captured until now can be resumed, more is not asked for.
    if (this.live) this.end();
    this.#forget(heardSeconds);
    this.#keptFrom = this.#sent = 0;
  }

  /** A new turn takes the paused payload over. */
  resume(): void {
    this.#paused = false;
    this.proceed();
  }

  cancel(): void {
    this.#samples.clear();
    this.#keptFrom = this.#sent;
    this.ended = true;
    this.#cancelled = true;
    this.changed = () => {};
    this.#dropping.abort();
    if (!this.opened) this.#source.discard?.();
    this.proceed();
  }

  /** Characters of the message without its audio. `false` is the longer of the two values of `done`. */
  #envelope(address: Address): number {
    if (this.#measured?.address !== address)
      this.#measured = { address, length: JSON.stringify(audioEcho(address, this.sampleRate, "", false)).length };
    return this.#measured.length;
  }

  /** A live source is never kept waiting, nor is anything read of a turn that somebody may resume. */
  protected get full(): boolean {
    return !this.live && (this.#paused || this.queuedSeconds >= readAheadSeconds);
  }

  /** Samples came. Throws TypeError for what is none. */
  protected take(chunk: Int16Array): void {
    if (!(chunk instanceof Int16Array)) {
      this.#dropping.abort();
      throw new TypeError(`A source produced ${Object.prototype.toString.call(chunk)} where Int16Array is expected.`);
    }
    this.#lastInput = this.#around.clock.now();
    this.#samples.push(chunk);
    if (this.#ending.signal.aborted) this.#readAfterEnd += chunk.length;
    this.#look();
  }

  protected override finish(error?: unknown): void {
    super.finish(error);
    this.#look();
  }

  /** Whether what came is worth a warning. */
  #look(): void {
    if (!this.#paused) void this.#watch?.then((watch) => watch?.(this.#samples, this.ended, this.#blocked));
  }

  /** Opens the source. */
  protected async input(): Promise<() => Promise<ReadableStreamReadResult<Int16Array>>> {
    const { audio, warn } = this.#around;
    const { signal } = this.#dropping;
    this.#watch = import("./source-watch.js").then(
      ({ watchSource }) => watchSource(this.#source, this.sampleRate, warn),
      report as () => undefined,
    );
    const stream = await this.#source.open({
      sampleRate: this.sampleRate,
      chunkFrames: Math.round(shortSeconds * this.sampleRate),
      ended: this.#ending.signal,
      signal,
      audio,
      warn,
    });
    this.#reading = true;
    const reader = stream.getReader();
    const release = (): void => void reader.cancel(signal.reason).catch(() => {});
    if (signal.aborted) release();
    signal.addEventListener("abort", release);
    return () => reader.read();
  }

  /**
   * A source that ignores `ended` is cut off after a while: an end that was asked for has to come. A source that can wait
   * may hold a good deal that back-pressure has kept in it, so only one that gives nothing, or no end of it, is cut.
   */
  async #giveUpWaiting(): Promise<void> {
    const { clock, warn } = this.#around;
    const asked = clock.now();
    for (;;) {
      const now = clock.now();
      const since = this.live ? asked : Math.max(asked, this.waitingSince ?? now);
      const endless = !this.live && this.#readAfterEnd > backlogSeconds * this.sampleRate;
      const left = endless ? 0 : since + endGraceSeconds - now;
      if (this.ended) return;
      if (left <= 0) break;
      await clock.sleep(left, this.#dropping.signal);
    }
    warn({
      code: "source-did-not-end",
      message: "The source did not close its stream after it was asked to end; it was cancelled.",
      remedy: "In open(), listen to `ended`: deliver what was captured, then close the stream.",
    });
    this.finish();
    this.#dropping.abort();
  }
}
