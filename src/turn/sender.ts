import { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { leadDelay } from "../flow/lead.js";
import { Pacer } from "../flow/pacer.js";
import type { ActiveTurn } from "./active-turn.js";
import type { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";
import type { Piece } from "./payload.js";

/** Sends a turn's messages as limit, rate and lead allow. It decides nothing about a turn but when its next message leaves. */
export class Sender {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #meter: Meter;
  readonly #options: { leadSeconds: number; messagesPerSecond: number };
  readonly #pacer: Pacer;
  #warnedAtLimit: number | undefined;

  constructor(clock: Clock, outlet: Outlet, meter: Meter, options: { leadSeconds: number; messagesPerSecond: number }) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#meter = meter;
    this.#options = options;
    this.#pacer = new Pacer(options.messagesPerSecond);
  }

  /** A turn begins. */
  restart(): void {
    this.#pacer.restart(this.#clock.now());
  }

  /** A message has left, whoever sent it. */
  count(): void {
    this.#pacer.sent(this.#clock.now());
  }

  /**
   * Sends what may leave of `turn` now; returns the seconds until more may. Throws the EchoError that ends the turn: a
   * limit with no room for a sample, or a transport that refuses.
   */
  say(turn: ActiveTurn): number {
    while (!turn.done && !turn.ending) {
      const now = this.#clock.now();
      const wait = this.#pacer.delay(now);
      if (wait > 0) return wait;
      const piece = turn.payload.next(this.#addressOf(turn), this.#outlet.limit, turn.leadSeconds, now);
      if (typeof piece === "number") return piece;
      const hold = this.#leadDelay(turn, piece, now);
      if (hold > 0) return hold;
      this.#checkThroughput(turn);
      try {
        this.#outlet.transmit(piece.message());
      } catch (error) {
        if (!this.#learnt(error, piece)) throw error;
        this.#meter.resplits++;
        continue;
      }
      turn.sent(piece);
    }
    return Infinity;
  }

  /** Closes a turn that ends early, so that the replica does not wait for more of it: 10 ms of what is left, with `done: true`. */
  close(turn: ActiveTurn): void {
    const closing = turn.payload.closing(this.#addressOf(turn));
    if (!closing) return;
    try {
      this.#outlet.transmit(closing.message());
    } catch {
      // The turn fails with the reason it has; that its last 10 ms could not be sent follows from it.
      return;
    }
    turn.sent(closing);
  }

  #addressOf(turn: ActiveTurn) {
    return turn.address(this.#outlet.conversationId);
  }

  /** Whether cutting again helps: the transport has learnt a limit that this piece is above. */
  #learnt(error: unknown, piece: Piece): boolean {
    if (!(error instanceof EchoError) || error.code !== "message-too-long") return false;
    return JSON.stringify(piece.message()).length > this.#outlet.limit;
  }

  #leadDelay(turn: ActiveTurn, piece: Piece, now: number): number {
    const { hearing, payload } = turn;
    // Text is short, and it is the voice that makes it long: it goes at once.
    if (hearing.firstSentAt === undefined || !payload.exact) return 0;
    const seconds = { next: piece.seconds, since: now - hearing.firstSentAt, lead: this.#options.leadSeconds };
    return leadDelay(hearing.position, seconds, payload.live, now);
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
