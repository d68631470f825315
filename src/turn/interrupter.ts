import { messageOf } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { interruption } from "../tavus/interaction.js";
import type { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";
import { retryDelay } from "./retry.js";

/** Sends interrupts, and remembers one that could not leave: while the network is down, or because it was refused. */
export class Interrupter {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #meter: Meter;
  readonly #sent: () => void;
  #owed = false;
  #refusals = 0;
  /** An interrupt that was refused is tried again then. */
  #retryAt = -Infinity;
  /** Messages when the latest interrupt had left. */
  #messagesThen = -1;

  /** `sent` is called when an interrupt has left. */
  constructor(clock: Clock, outlet: Outlet, meter: Meter, sent: () => void) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#meter = meter;
    this.#sent = sent;
  }

  /** An interrupt has yet to leave, and whatever is said goes after it. */
  get owed(): boolean {
    return this.#owed;
  }

  /** Another interrupt would say nothing new: one is owed, or nothing has left since the latest. */
  get repeats(): boolean {
    return this.#owed || this.#meter.messages === this.#messagesThen;
  }

  /** The call is gone, and with it what would have been interrupted. */
  forget(): void {
    this.#owed = false;
    this.#refusals = 0;
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
      this.#refused(error, last);
      return;
    }
    this.#refusals = 0;
    this.#meter.interrupts++;
    this.#messagesThen = this.#meter.messages;
    this.#sent();
  }

  /** Sends what is owed, as soon as that can be. Returns when to look again. */
  flushPending(): number {
    if (!this.#owed || this.#outlet.readiness !== "ready") return Infinity;
    if (this.#retryAt > this.#clock.now()) return this.#retryAt;
    this.interrupt();
    return this.#owed ? this.#retryAt : Infinity;
  }

  #refused(error: unknown, last: boolean): void {
    const delay = last ? undefined : retryDelay(this.#refusals++);
    this.#owed = delay !== undefined;
    if (delay !== undefined) {
      this.#retryAt = this.#clock.now() + delay;
      return;
    }
    this.#refusals = 0;
    this.#outlet.warn({
      code: "interrupt-not-sent",
      message: `The interrupt could not be sent: ${messageOf(error)}.`,
      remedy: "Check the call: the replica may go on with what it has.",
    });
  }
}
