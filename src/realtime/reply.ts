import { type HeardPart, heardParts, type Segment } from "./heard-parts.js";
import type { RealtimeError } from "./realtime-error.js";
import { ReplyAudio, type ReplyFormat } from "./reply-audio.js";
import { ReplyText } from "./reply-text.js";
import type { SpeakRequest, VoiceReplica, VoiceTurn } from "./voice-replica.js";

/** A position that is withdrawn by less is no reason to tell the model again. */
const slackMs = 100;

/** One answer of the model, and the turn in which the replica speaks it. */
export class Reply {
  /** The provider's id of the response. */
  readonly responseId: string;
  readonly #feed: ReplyAudio | ReplyText;
  readonly #bytesPerSecond: number;
  readonly #segments: Segment[] = [];
  #turn: VoiceTurn;
  /** Seconds heard in turns before a resume. */
  #before = 0;
  #complete = false;
  #cut = false;
  /** What the model was told of each part: it is told again only of less. */
  readonly #told = new Map<string, number>();

  private constructor(responseId: string, feed: ReplyAudio | ReplyText, turn: VoiceTurn, bytesPerSecond: number) {
    this.responseId = responseId;
    this.#feed = feed;
    this.#turn = turn;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** An answer in sound: begins to speak at once, in the replica's queue. */
  static ofAudio(
    responseId: string,
    replica: VoiceReplica,
    format: ReplyFormat,
    report: SpeakRequest["report"],
  ): Reply {
    const feed = new ReplyAudio(format);
    return new Reply(responseId, feed, replica.speak(feed, { mode: "queue", report }), format.bytesPerSecond);
  }

  /** An answer in text, said by the persona's own voice. Undefined where the replica says no text. */
  static ofText(responseId: string, replica: VoiceReplica, report: SpeakRequest["report"]): Reply | undefined {
    const feed = new ReplyText();
    const turn = replica.say?.(feed, { mode: "queue", report });
    return turn && new Reply(responseId, feed, turn, 0);
  }

  /** The replica's turn: after a resume, the one that goes on. */
  get turn(): VoiceTurn {
    return this.#turn;
  }

  /** Whether it is said from text: its sound is not known here. */
  get isText(): boolean {
    return this.#feed instanceof ReplyText;
  }

  /** Whether it was cut, by the caller or by whatever else ended its turn early. */
  get cut(): boolean {
    return this.#cut;
  }

  /** Seconds of it that were heard until now. */
  get heardSeconds(): number {
    return this.#before + this.#turn.position.seconds;
  }

  /** Seconds of it that have arrived; 0 of text. */
  get receivedSeconds(): number {
    const bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return this.isText ? 0 : bytes / this.#bytesPerSecond;
  }

  /** The items that something arrived of. */
  get itemIds(): readonly string[] {
    return this.#segments.map(({ itemId }) => itemId);
  }

  /** Audio of the answer, as it arrived: a piece may end in the middle of a sample. */
  push(itemId: string, contentIndex: number, bytes: Uint8Array): void {
    this.#segment(itemId, contentIndex).bytes += bytes.length;
    if (this.#feed instanceof ReplyAudio) this.#feed.push(bytes);
  }

  /** Text of the answer, as it arrived. */
  say(itemId: string, text: string): void {
    this.#segment(itemId, 0);
    if (this.#feed instanceof ReplyText) this.#feed.push(text);
  }

  /** No more will come: the turn ends when all is spoken. With `error` it then fails with that as the cause. */
  end(error?: RealtimeError): void {
    this.#complete = true;
    if (this.#feed instanceof ReplyAudio) this.#feed.end(error);
    else this.#feed.end();
  }

  /** Ends it where the caller stopped listening: what is left of it is dropped. */
  stop(): void {
    this.#cut = true;
    this.#feed.end();
  }

  /** Goes on where it was interrupted. Throws what `turn.resume()` throws. */
  resume(): void {
    const heard = this.heardSeconds;
    const next = this.#turn.resume?.();
    if (!next) throw new TypeError("This replica's turns cannot be resumed.");
    this.#before = heard;
    this.#turn = next;
  }

  /** What the model has to be told when `heardSeconds` were heard: each part once, and again only when it was less. */
  untold(heardSeconds: number): HeardPart[] {
    const parts = heardParts(this.#segments, heardSeconds, this.#bytesPerSecond, this.#complete);
    return parts.filter(({ itemId, contentIndex, heardMs, whole }) => {
      const key = `${contentIndex} ${itemId}`;
      const before = this.#told.get(key);
      const less = before === undefined ? !whole : heardMs < before - slackMs || (heardMs === 0 && before > 0);
      if (!itemId || !less) return false;
      this.#told.set(key, heardMs);
      return true;
    });
  }

  #segment(itemId: string, contentIndex: number): Segment {
    const last = this.#segments.at(-1);
    if (last?.itemId === itemId && last.contentIndex === contentIndex) return last;
    const segment = { itemId, contentIndex, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }
}
