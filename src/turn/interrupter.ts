import { messageOf } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { interruption } from "../tavus/interaction.js";
import type { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";

/** After an interrupt the next turn waits for the stop event, or this long: Tavus acknowledges nothing else. */
const gateSeconds = 0.5;
/** A stop with `interrupted: true` that comes within this time of an interrupt is its answer, however late. */
const answerSeconds = 5;

/** Sends interrupts, remembers one that is owed while the network is down, and holds the next turn back after it. */
export class Interrupter {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #meter: Meter;
  #gateUntil = -Infinity;
  #owed = false;
  /** Until when the stop is expected that answers the latest interrupt. */
  #answerUntil = -Infinity;
  /** Messages when the latest interrupt had left. */
  #messagesThen = -1;

  constructor(clock: Clock, outlet: Outlet, meter: Meter) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#meter = meter;
  }

  /** Seconds that the next turn still has to wait. */
  get delay(): number {
    return Math.max(0, this.#gateUntil - this.#clock.now());
  }

  /** The latest interrupt is being waited for, and nothing has left since: another would say nothing new. */
  get pending(): boolean {
    return this.#owed || (this.delay > 0 && this.#meter.messages === this.#messagesThen);
  }

  /** The replica has stopped: the next turn can begin. Returns whether that answers an interrupt, and so is about what it cut. */
  stopped(interrupted: boolean): boolean {
    this.#gateUntil = -Infinity;
    const answer = interrupted && this.#clock.now() < this.#answerUntil;
    if (answer) this.#answerUntil = -Infinity;
    return answer;
  }

  /** The call is gone, and with it what would have been interrupted. */
  forget(): void {
    this.#owed = false;
    this.#gateUntil = -Infinity;
    this.#answerUntil = -Infinity;
  }

  /**
   * Sends `conversation.interrupt`, at once or first of all when the network is back; `last`: there will be no later
   * occasion. Before the join there is nothing to stop.
   */
  interrupt(last = false): void {
    const { readiness, conversationId } = this.#outlet;
    this.#owed = readiness === "held" && !last;
    if (this.#owed || (readiness !== "ready" && readiness !== "held")) return;
    try {
      this.#outlet.transmit(interruption(conversationId));
    } catch (error) {
      this.#outlet.warn({
        code: "interrupt-not-sent",
        message: `The interrupt could not be sent: ${messageOf(error)}.`,
        remedy: "Check the call: the replica may go on with what it has.",
      });
      return;
    }
    this.#meter.interrupts++;
    this.#messagesThen = this.#meter.messages;
    this.#gateUntil = this.#clock.now() + gateSeconds;
    this.#answerUntil = this.#clock.now() + answerSeconds;
  }

  /** Sends what is owed, as soon as that can be. */
  settleDebt(): void {
    if (this.#owed && this.#outlet.readiness === "ready") this.interrupt();
  }
}
