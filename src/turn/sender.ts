import { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { leadDelay } from "../flow/lead.js";
import { Pacer } from "../flow/pacer.js";
import { endsAt } from "../playback/playback-clock.js";
import type { PlaybackState, Span } from "../playback/state.js";
import type { Message } from "../tavus/interaction.js";
import type { ActiveTurn } from "./active-turn.js";
import { asEchoError } from "./failure.js";
import type { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";
import type { Piece } from "./payload.js";
import { retryDelay } from "./retry.js";

/** An id is kept alive by a message after this part of the silence that it is allowed, and is in doubt after that one. */
const keepAlivePart = 0.9;
const doubtPart = 1.25;

/** What a {@link Sender} is set up with; see the replica's options. */
export interface SenderOptions {
  leadSeconds: number;
  messagesPerSecond: number;
  idSilenceSeconds: number;
}

/** Sends a turn's messages as limit, rate and lead allow. It decides nothing about a turn but when its next message leaves. */
export class Sender {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #meter: Meter;
  readonly #options: SenderOptions;
  readonly #pacer: Pacer;
  readonly #idSilenceSeconds: number;
  #warnedAtLimit: number | undefined;
  #refusals = 0;
  #retryAt = -Infinity;

  constructor(clock: Clock, outlet: Outlet, meter: Meter, options: SenderOptions) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#meter = meter;
    this.#options = options;
    this.#pacer = new Pacer(options.messagesPerSecond);
    // Where messages are rarer than that, their pauses say nothing.
    this.#idSilenceSeconds = Math.max(options.idSilenceSeconds, 2 / this.#pacer.sustained);
  }

  /** A turn begins. */
  restart(): void {
    this.#pacer.restart(this.#clock.now());
    this.#refusals = 0;
    this.#retryAt = -Infinity;
  }

  /** A message has left, whoever sent it. */
  count(): void {
    this.#pacer.sent(this.#clock.now());
  }

  /**
   * Sends what may leave of `turn` now; returns the seconds until more may. `playback` reads what is known of what was
   * sent; `sent` is called for each message. Throws the EchoError that ends the turn: a limit with no room for a sample, or
   * a transport that refuses again and again.
   */
  say(turn: ActiveTurn, playback: () => PlaybackState, sent: (piece: Piece) => void): number {
    while (!turn.ending) {
      const now = this.#clock.now();
      const { span } = playback();
      // What follows an id that was closed must not cut it off.
      if (span?.done) return Infinity;
      const wait = Math.max(this.#pacer.delay(now), this.#retryAt - now);
      if (wait > 0) return wait;
      const piece = this.#next(turn, span, now);
      if (typeof piece === "number") return piece;
      this.#checkThroughput(turn);
      turn.leaves();
      try {
        this.#outlet.transmit(piece.message());
      } catch (error) {
        if (this.#learnt(error, piece)) {
          this.#meter.resplits++;
          continue;
        }
        this.#refused(error);
        continue;
      }
      this.#refusals = 0;
      sent(piece);
    }
    return Infinity;
  }

  /**
   * Closes the present id before its time, so that the replica does not wait for more of it: what is left in the shortest
   * message, with `done: true`. Unless `kept`, that counts as said. Returns it, and whether it has left.
   */
  close(turn: ActiveTurn, kept = false): { piece: Piece; message: Message; left: boolean } | undefined {
    const piece = turn.payload.closing(this.#addressOf(turn), kept);
    if (!piece) return undefined;
    const message = piece.message();
    return { piece, message, left: this.post(message) };
  }

  /** Sends a message that nothing depends on. Returns whether it has left. */
  post(message: Message): boolean {
    if (this.#outlet.readiness !== "ready") return false;
    try {
      this.#outlet.transmit(message);
      return true;
    } catch {
      // The id is given up for the reason it has; that its end could not be sent follows from it.
      return false;
    }
  }

  /** The next message, or the seconds until there may be one. */
  #next(turn: ActiveTurn, span: Span | undefined, now: number): Piece | number {
    const { payload } = turn;
    const address = this.#addressOf(turn);
    const next = payload.next(address, this.#outlet.limit, turn.leadSeconds, now);
    const wait = typeof next === "number" ? next : this.#leadDelay(turn, span, next, now);
    if (!span) return wait > 0 || typeof next === "number" ? wait || Infinity : next;
    const silence = now - span.lastSentAt;
    const allowed = this.#idSilenceSeconds;
    // It may have been given up meanwhile: by an outage, a blocked page, a context that stood still.
    if (silence > allowed * doubtPart) return payload.closing(address, true) ?? next;
    if (typeof next !== "number" && !(wait > 0)) return next;
    const due = keepAlivePart * allowed - silence;
    if (due > 1e-9) return Math.min(wait, due);
    const dryAt = payload.exact ? endsAt({ ...span.clock }, now) : now;
    if (dryAt > now) {
      const keepAlive = payload.keepAlive(address);
      if (keepAlive) return keepAlive;
    }
    return payload.finished ? wait : (payload.closing(address) ?? wait);
  }

  #addressOf(turn: ActiveTurn) {
    return turn.address(this.#outlet.conversationId);
  }

  /** Whether cutting again helps: the transport has learnt a limit that this piece is above. */
  #learnt(error: unknown, piece: Piece): boolean {
    if (!(error instanceof EchoError) || error.code !== "message-too-long") return false;
    return JSON.stringify(piece.message()).length > this.#outlet.limit;
  }

  /** One refusal is no lost call: the message is tried again. Throws where that is over, or cannot help. */
  #refused(error: unknown): void {
    const ready = this.#outlet.readiness === "ready";
    const tooLong = error instanceof EchoError && error.code === "message-too-long";
    const delay = ready && !tooLong ? retryDelay(this.#refusals++) : undefined;
    if (delay === undefined) {
      const code = ready && !tooLong ? "send-failed" : "call-left";
      const cause = code === "send-failed" && error instanceof EchoError ? error.cause : error;
      throw asEchoError(cause, code, "The transport refused a message");
    }
    this.#retryAt = this.#clock.now() + delay;
  }

  #leadDelay(turn: ActiveTurn, span: Span | undefined, piece: Piece, now: number): number {
    const { payload } = turn;
    // Text is short, and it is the voice that makes it long: it goes at once.
    if (!span || !payload.exact) return 0;
    const seconds = { next: piece.seconds, since: now - span.firstSentAt, lead: this.#options.leadSeconds };
    return leadDelay(span, seconds, payload.live, now);
  }

  /** Warns once per limit when audio cannot leave as fast as it is spoken. */
  #checkThroughput(turn: ActiveTurn): void {
    const { limit } = this.#outlet;
    if (this.#warnedAtLimit === limit) return;
    const ratio = turn.payload.capacitySeconds(this.#addressOf(turn), limit) * this.#pacer.sustained;
    if (ratio >= 1) return;
    this.#warnedAtLimit = limit;
    const { code, message, remedy } = new EchoError(
      "throughput-too-low",
      `At ${limit} characters a message and ${this.#options.messagesPerSecond} messages/s, audio leaves at ${ratio.toFixed(2)} of the speed of speech.`,
    );
    this.#outlet.warn({ code, message, remedy });
  }
}
