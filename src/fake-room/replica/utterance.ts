/** Frames are rounded to whole ones: clocks are floating point, and 1e-12 s is no gap. */
const frames = (seconds: number, rate: number): number => Math.round(seconds * rate);

/**
 * What one `inference_id` makes the replica say, and how far it has been heard: a buffer behind a playback clock. Pure:
 * every method takes the time it happens at.
 */
export class Utterance {
  /** As sent; a made one when none was sent. */
  readonly sentId: string;
  /** As Tavus' events carry it. */
  readonly eventId: string;
  /** `turn_idx` of its events. */
  readonly turn: number;
  /** Where the sound comes from. */
  readonly kind: "audio" | "text" | "greeting";
  /** Hz; that of the first sound. */
  sampleRate: number;
  /** What a text echo says; empty for audio. */
  text = "";
  /** Pieces of text that have arrived. */
  pieces = 0;
  /** Pieces of text that the TTS has not finished. */
  synthesising = 0;
  /** No more is to come. */
  done = false;
  /** Given up: no more is taken, but what arrived is played. */
  abandoned = false;
  /** When its last message arrived, in seconds of the clock. */
  arrivedAt: number;
  /** When its last sound was added; for a text that is when the TTS made it. */
  addedAt: number;
  /** Times that the sound broke off and went on later. */
  gaps = 0;
  /** Samples of silence in those gaps. */
  underrunFrames = 0;
  /** How it ended; undefined while it has not. */
  outcome: "spoken" | "interrupted" | "cut" | undefined;
  readonly #speed: number;
  /** What arrived, in the first `#received` places. */
  #samples = new Int16Array(24_000);
  #received = 0;
  /** The playback clock: `#anchorFrame` is heard at `#anchorTime`. */
  #anchorTime = Number.NaN;
  #anchorFrame = 0;
  #heard: number | undefined;
  #startedAt = Number.NaN;

  constructor(options: {
    sentId: string;
    eventId: string;
    turn: number;
    kind: Utterance["kind"];
    sampleRate: number;
    speed: number;
    now: number;
  }) {
    this.sentId = options.sentId;
    this.eventId = options.eventId;
    this.turn = options.turn;
    this.kind = options.kind;
    this.sampleRate = options.sampleRate;
    this.#speed = options.speed;
    this.arrivedAt = options.now;
    this.addedAt = options.now;
  }

  /** Whether it has begun to be heard. */
  get started(): boolean {
    return !Number.isNaN(this.#anchorTime);
  }

  /** Samples that have arrived. */
  get receivedFrames(): number {
    return this.#received;
  }

  /** More sound. The samples are copied. */
  append(pcm: Int16Array, now: number): void {
    this.addedAt = now;
    if (pcm.length === 0) return;
    if (this.started) {
      const missing = frames((now - this.dryAt) * this.#speed, this.sampleRate);
      if (missing > 0) {
        // The sound goes on as soon as there is some; whether Tavus fills its pre-buffer again is [unknown].
        this.gaps++;
        this.underrunFrames += missing;
      }
      if (missing >= 0) {
        this.#anchorFrame = this.#received;
        this.#anchorTime = now;
      }
    }
    const length = this.#received + pcm.length;
    if (length > this.#samples.length) {
      const larger = new Int16Array(2 * length);
      larger.set(this.#samples.subarray(0, this.#received));
      this.#samples = larger;
    }
    this.#samples.set(pcm, this.#received);
    this.#received = length;
  }

  /** Begins to be heard. */
  start(now: number): void {
    this.#anchorTime = now;
    this.#startedAt = now;
  }

  /** Seconds from the start until `now`, pauses included, at the pace of the sound; 0 before the start. */
  wallSeconds(now: number): number {
    return this.started ? (now - this.#startedAt) * this.#speed : 0;
  }

  /** When what has arrived will have been heard; Infinity before the start. */
  get dryAt(): number {
    return this.started
      ? this.#anchorTime + (this.#received - this.#anchorFrame) / (this.sampleRate * this.#speed)
      : Number.POSITIVE_INFINITY;
  }

  /** Samples heard until `now`. */
  heardFrames(now: number): number {
    if (this.#heard !== undefined) return this.#heard;
    if (!this.started) return 0;
    const frame = this.#anchorFrame + frames((now - this.#anchorTime) * this.#speed, this.sampleRate);
    return Math.max(0, Math.min(frame, this.#received));
  }

  /** RMS of what was heard in the last `seconds` before `now`, of full scale 1; silence before the start and in a gap counts. */
  level(now: number, seconds: number): number {
    const heard = this.heardFrames(now);
    let sum = 0;
    for (const sample of this.slice(this.heardFrames(now - seconds), heard)) sum += (sample / 32_768) ** 2;
    return Math.sqrt(sum / (seconds * this.sampleRate * this.#speed));
  }

  /** Ends it: from now on `heardFrames` stands still. */
  settle(outcome: "spoken" | "interrupted" | "cut", now: number): void {
    this.#heard = this.heardFrames(now);
    this.outcome = outcome;
  }

  /** A copy of the samples from `start` to `end`, as far as they have arrived. */
  slice(start: number, end: number): Int16Array<ArrayBuffer> {
    return this.#samples.slice(start, Math.min(end, this.#received));
  }
}
