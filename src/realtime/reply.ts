import type { RealtimeError } from "./realtime-error.js";
import { ReplyAudio, type ReplyFormat } from "./reply-audio.js";
import { type Segment, type Truncation, truncations } from "./truncation.js";
import type { VoiceReplica, VoiceTurn } from "./voice-replica.js";

/** One answer of the model, and the turn in which the replica speaks it. */
export class Reply {
  /** The provider's id of the response. */
  readonly responseId: string;
  /** The replica's turn. */
  readonly turn: VoiceTurn;
  readonly #audio: ReplyAudio;
  readonly #bytesPerSecond: number;
  readonly #segments: Segment[] = [];
  #complete = false;
  #cut = false;

  /** Begins to speak at once, in the replica's queue. */
  constructor(responseId: string, replica: VoiceReplica, format: ReplyFormat) {
    this.responseId = responseId;
    this.#bytesPerSecond = format.bytesPerSecond;
    this.#audio = new ReplyAudio(format);
    this.turn = replica.speak(this.#audio, { mode: "queue" });
  }

  /** Whether it was cut, by the caller or by whatever else ended its turn early. */
  get cut(): boolean {
    return this.#cut;
  }

  /** Audio of the answer, as it came: a piece may end in the middle of a sample. */
  push(itemId: string, contentIndex: number, bytes: Uint8Array): void {
    const last = this.#segments.at(-1);
    if (last?.itemId === itemId && last.contentIndex === contentIndex) last.bytes += bytes.length;
    else this.#segments.push({ itemId, contentIndex, bytes: bytes.length });
    this.#audio.push(bytes);
  }

  /** No more will come: the turn ends when all is spoken. With `error` it then fails with that as the cause. */
  end(error?: RealtimeError): void {
    this.#complete = true;
    this.#audio.end(error);
  }

  /**
   * Ends it where the caller stopped listening: what is left of the audio is dropped. Returns what the model has to be
   * told, and for each item the part that was heard. A second call returns nothing.
   */
  stop(heardSeconds: number): { truncations: Truncation[]; heard: { itemId: string; part: number }[] } {
    if (this.#cut) return { truncations: [], heard: [] };
    this.#cut = true;
    this.#audio.end();
    let start = 0;
    const heard = this.#segments.map(({ itemId, bytes }) => {
      const part = bytes === 0 ? 0 : (heardSeconds * this.#bytesPerSecond - start) / bytes;
      start += bytes;
      return { itemId, part: Math.min(1, Math.max(0, part)) };
    });
    return { truncations: truncations(this.#segments, heardSeconds, this.#bytesPerSecond, this.#complete), heard };
  }
}
