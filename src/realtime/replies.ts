import { firstWords, type History } from "./history.js";
import type { RealtimeError } from "./realtime-error.js";
import { Reply } from "./reply.js";
import { replyFormat } from "./reply-audio.js";
import type { VoiceCommand } from "./voice-command.js";
import type { VoiceOutcome, VoiceReplica, VoiceTurn } from "./voice-replica.js";
import type { WireFormat } from "./voice-session.js";

/** What the answers of a connection need around them. */
export interface RepliesHost {
  readonly replica: VoiceReplica;
  readonly history: History;
  /** The format of this connection's answers. */
  format(): WireFormat;
  send(command: VoiceCommand): boolean;
  /** Tells listeners of the voice, nobody else: who listens to the replica has been told. */
  turnFailed(error: unknown): boolean;
  /** Somebody else ended a reply early: the app, another turn, the call. */
  onCutElsewhere(reply: Reply): void;
}

/** A spoken turn is short of its audio by more than this only when something speaks against the rest. */
const toleranceSeconds = 0.5;
const toleranceShare = 0.02;

/** The answers that are being spoken, or wait to be, and what the model is told of how much of them was heard. */
export class Replies {
  readonly #host: RepliesHost;
  readonly #replies = new Map<string, Reply>();
  /** Interrupted, and perhaps taken back: the model is not told yet. */
  readonly #suspended = new Set<Reply>();
  readonly #reported = new Set<string>();
  #serial = 0;

  /** Speaks nothing by itself. */
  constructor(host: RepliesHost) {
    this.#host = host;
  }

  /** How many there are. */
  get size(): number {
    return this.#replies.size;
  }

  /** The reply to a response, while it is spoken or waits to be. */
  of(responseId: string): Reply | undefined {
    return this.#replies.get(responseId);
  }

  /** Whether the model's answer is being held for a resume. */
  isSuspended(responseId: string): boolean {
    const reply = this.#replies.get(responseId);
    return reply !== undefined && this.#suspended.has(reply);
  }

  /** Audio of an answer; the first begins its turn. */
  audio(
    responseId: string,
    itemId: string,
    contentIndex: number,
    bytes: Uint8Array,
    format = this.#host.format(),
  ): void {
    const reply =
      this.#replies.get(responseId) ??
      this.#begin(Reply.ofAudio(responseId, this.#host.replica, replyFormat(format), this.#report(responseId)));
    reply.push(itemId, contentIndex, bytes);
  }

  /** Text of an answer, said by the persona's own voice; the first begins its turn. Ignored where its sound arrives. */
  text(responseId: string, itemId: string, text: string): void {
    let reply = this.#replies.get(responseId);
    if (!reply) {
      const made = Reply.ofText(responseId, this.#host.replica, this.#report(responseId));
      reply = made && this.#begin(made);
    }
    reply?.say(itemId, text);
  }

  /** Interrupts the replica and ends all of them. The model is told how much was heard. */
  cut(): void {
    const replies = [...this.#replies.values()];
    // Read before the interrupt: it ends the playback that is measured.
    const heard = replies.map(({ heardSeconds }) => heardSeconds);
    this.#host.replica.interrupt();
    this.#suspended.clear();
    for (const [n, reply] of replies.entries()) this.#stop(reply, heard[n] ?? 0);
  }

  /** Interrupts the replica and keeps what is left. Returns what was cut, in order. */
  suspend(): VoiceTurn[] {
    const replies = [...this.#replies.values()];
    for (const reply of replies) this.#suspended.add(reply);
    const cut = this.#host.replica.interrupt();
    return Array.isArray(cut) ? (cut as VoiceTurn[]) : replies.map(({ turn }) => turn);
  }

  /** The interruption stands: the model is told how much was heard. */
  settle(): void {
    for (const reply of this.#suspended) this.#stop(reply, reply.heardSeconds);
    this.#suspended.clear();
  }

  /** The interruption was a false alarm: what was cut goes on. Throws what the first `turn.resume()` throws. */
  resume(turns: readonly VoiceTurn[]): void {
    for (const turn of turns) {
      const reply = [...this.#suspended].find((each) => each.turn === turn);
      if (!reply) turn.resume?.();
      else {
        reply.resume();
        this.#suspended.delete(reply);
        this.#follow(reply);
      }
    }
  }

  /** The connection is gone: `error` fails the answer in the making behind what arrived, the others are complete. */
  end(error: RealtimeError): void {
    this.settle();
    for (const reply of this.#replies.values()) reply.end(error);
  }

  /** Drops all of them, and nothing else that the replica says. */
  drop(): void {
    for (const reply of this.#replies.values()) {
      reply.stop();
      reply.turn.interrupt();
    }
    this.#replies.clear();
  }

  /** Tells the model that nothing of an item was heard. */
  forget(itemId: string): void {
    this.#host.history.cut(itemId, 0);
    this.#tell(itemId, 0, 0, 0);
  }

  #begin(reply: Reply): Reply {
    this.#replies.set(reply.responseId, reply);
    this.#follow(reply);
    return reply;
  }

  #follow(reply: Reply): void {
    const { turn } = reply;
    void turn.outcome.then((outcome) => {
      if (reply.turn === turn) this.#settled(reply, outcome);
    });
  }

  /** Called when nobody listens to the replica: its failure is the voice's to report. */
  #report(responseId: string): (error: unknown) => boolean {
    return (error) => {
      this.#reported.add(responseId);
      return this.#host.turnFailed(error);
    };
  }

  #settled(reply: Reply, outcome: VoiceOutcome): void {
    if (this.#suspended.has(reply)) return;
    if (this.#replies.get(reply.responseId) === reply) this.#replies.delete(reply.responseId);
    const { type, error } = outcome;
    const heard = reply.heardSeconds;
    if (reply.isText) {
      if (type !== "spoken") this.#tellOfText(reply, outcome);
    } else if (type !== "spoken" || reply.cut || heard < reply.receivedSeconds - tolerance(reply.receivedSeconds))
      this.#tellOf(reply, heard);
    if (type === "spoken" || reply.cut) return;
    reply.stop();
    this.#host.onCutElsewhere(reply);
    if (type === "failed" && !this.#reported.delete(reply.responseId)) this.#host.turnFailed(error);
  }

  /** Ends a reply where it was heard to, and tells the model so. */
  #stop(reply: Reply, heardSeconds: number): void {
    reply.stop();
    this.#replies.delete(reply.responseId);
    // How much of a text was heard is known when its turn is over.
    if (!reply.isText) this.#tellOf(reply, heardSeconds);
  }

  #tellOf(reply: Reply, heardSeconds: number): void {
    const answerMs = Math.floor(Math.min(heardSeconds, reply.receivedSeconds) * 1000);
    for (const { itemId, contentIndex, heardMs, share } of reply.untold(heardSeconds)) {
      this.#host.history.cut(itemId, share);
      this.#tell(itemId, contentIndex, heardMs, answerMs);
    }
  }

  /** A text cannot be cut in the model's memory: it is replaced by the words that were heard, an estimate. */
  #tellOfText(reply: Reply, { heardSeconds, sentSeconds = 0 }: VoiceOutcome): void {
    const share = sentSeconds > 0 ? Math.min(1, heardSeconds / sentSeconds) : 0;
    for (const itemId of reply.itemIds) {
      const text = this.#host.history.textOf(itemId);
      this.#host.history.cut(itemId, share);
      const heard = firstWords(text, share);
      if (this.#tell(itemId, 0, 0, 0) && heard)
        this.#host.send({ type: "remember", id: `heard_${++this.#serial}`, role: "replica", text: heard });
    }
  }

  #tell(itemId: string, contentIndex: number, heardMs: number, answerMs: number): boolean {
    const id = `heard_${++this.#serial}`;
    return this.#host.send({ type: "heard", id, itemId, contentIndex, heardMs, answerMs });
  }
}

const tolerance = (seconds: number): number =>
  Math.min(seconds / 2, Math.max(toleranceSeconds, toleranceShare * seconds));
