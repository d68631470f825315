import type { Clock } from "../../flow/clock.js";
import type { Random } from "../random.js";
import type { Schedule } from "../schedule.js";
import type { FaultState } from "./faults.js";

/** What becomes of a message: known when it is sent, unless it is held. */
export type Fate = "carried" | "lost" | "held";

/** Carries messages through the room's faults, in order unless reordering is asked for. */
export class Network {
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #faults: () => FaultState;
  readonly #lastArrival = new Map<string, number>();
  /** When each sender's last messages left, for the rate limit. */
  readonly #departures = new Map<string, number[]>();
  #held: (() => void)[] = [];
  #inFlight = 0;

  /** `faults` is asked at every message. */
  constructor(clock: Clock, schedule: Schedule, random: Random, faults: () => FaultState) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#random = random;
    this.#faults = faults;
  }

  /** Messages that are still to arrive. */
  get inFlight(): number {
    return this.#inFlight + this.#held.length;
  }

  /** Carries a message of `sender`; `arrive` runs for every copy that arrives, never before `carry` has returned. */
  carry(sender: string, direction: "toReplica" | "fromReplica", arrive: () => void): Fate {
    const faults = this.#faults();
    if (faults.signalling === "drop") return "lost";
    if (faults.signalling === "queue") {
      this.#held.push(() => this.#launch(sender, direction, arrive, 0));
      return "held";
    }
    const wait = direction === "toReplica" ? this.#wait(sender) : 0;
    if (wait > 0 && faults.rateLimit === "drop") return "lost";
    return this.#launch(sender, direction, arrive, wait);
  }

  /** Sends off what was held while signalling was interrupted. */
  release(): void {
    for (const launch of this.#held.splice(0)) launch();
  }

  /** Drops what was held: the call has ended. */
  discard(): void {
    this.#held = [];
  }

  /** Seconds until the rate limit lets this message go; a message that is let go counts. */
  #wait(sender: string): number {
    const { messagesPerSecond, rateLimit } = this.#faults();
    if (messagesPerSecond === Number.POSITIVE_INFINITY) return 0;
    const now = this.#clock.now();
    // A departure counts for one second: a sliding window, which is the strictest reading of "messages a second".
    const departures = (this.#departures.get(sender) ?? []).filter((time) => time > now - 1 + 1e-9);
    this.#departures.set(sender, departures);
    const full = departures.length >= Math.max(1, messagesPerSecond);
    const free = full ? (departures[departures.length - Math.floor(Math.max(1, messagesPerSecond))] ?? now) + 1 : now;
    if (!full || rateLimit === "delay") departures.push(free);
    return free - now;
  }

  #launch(sender: string, direction: "toReplica" | "fromReplica", arrive: () => void, wait: number): Fate {
    const { loss, duplication, reordering, latencySeconds, jitterSeconds, direction: held } = this.#faults();
    const hit = held === "both" || held === direction;
    if (hit && this.#random.chance(loss)) return "lost";
    const copies = hit && this.#random.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const travel = hit ? latencySeconds + (jitterSeconds > 0 ? jitterSeconds * this.#random.next() : 0) : 0;
      const arrival = Math.max(this.#clock.now() + wait + travel, this.#lastArrival.get(sender) ?? 0);
      const late = hit && this.#random.chance(reordering);
      // Late enough to be overtaken at usual rates; the messages behind keep their own time.
      if (!late) this.#lastArrival.set(sender, arrival);
      this.#inFlight++;
      this.#schedule.at(late ? arrival + 0.05 + 0.2 * this.#random.next() : arrival, () => {
        this.#inFlight--;
        arrive();
      });
    }
    return "carried";
  }
}
