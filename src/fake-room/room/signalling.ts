import type { Schedule } from "../schedule.js";
import type { FaultState } from "./faults.js";

/** What happens when signalling changes. */
interface Consequences {
  /** The clients learn of it. */
  noticed(up: boolean): void;
  /** It is up again: what was held may leave. */
  restored(): void;
  /** It was gone for too long: the call is over. */
  lost(): void;
}

/** The connection to Daily's signalling server, as it is and as the clients know it. */
export class Signalling {
  readonly #schedule: Schedule;
  readonly #faults: () => FaultState;
  readonly #then: Consequences;
  #noticedUp = true;
  #stopNotice: () => void = () => {};
  #stopTimeout: () => void = () => {};

  constructor(schedule: Schedule, faults: () => FaultState, then: Consequences) {
    this.#schedule = schedule;
    this.#faults = faults;
    this.#then = then;
  }

  /** It broke off, or came back. */
  change(up: boolean): void {
    this.#stopTimeout();
    this.#notice(up);
    if (up) {
      this.#then.restored();
      return;
    }
    this.#stopTimeout = this.#schedule.after(this.#faults().signallingTimeoutSeconds, () => this.#then.lost());
  }

  /** The clients learn of it `noticedAfterSeconds` later; of what is over by then, never. */
  #notice(up: boolean): void {
    this.#stopNotice();
    if (up === this.#noticedUp) return;
    const tell = (): void => {
      this.#noticedUp = up;
      this.#then.noticed(up);
    };
    const { noticedAfterSeconds } = this.#faults();
    if (noticedAfterSeconds === 0) tell();
    else this.#stopNotice = this.#schedule.after(noticedAfterSeconds, tell);
  }
}
