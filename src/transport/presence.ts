import type { TransportEvent } from "./transport.js";

/** Whether messages can be sent now, and if not, why. */
export type Readiness = "ready" | "held" | "not-joined" | "replica-absent" | "left" | "closed";

/** Follows a transport's events: who is there, and whether the network is. */
export class Presence {
  #joined = false;
  #left = false;
  #replica = false;
  #up = true;
  #closed = false;

  /** The state that follows from all events so far. */
  get readiness(): Readiness {
    if (this.#closed) return "closed";
    if (this.#left) return "left";
    if (!this.#joined) return "not-joined";
    if (!this.#replica) return "replica-absent";
    return this.#up ? "ready" : "held";
  }

  /** Takes an event in. */
  apply(event: TransportEvent): void {
    switch (event.type) {
      case "joined":
        this.#joined = true;
        this.#left = false;
        break;
      case "left":
        this.#joined = false;
        this.#left = true;
        this.#replica = false;
        this.#up = true;
        break;
      case "replica":
        this.#replica = event.present;
        break;
      case "network":
        this.#up = event.up;
    }
  }

  /** The call that was left is being joined again. */
  rejoin(): void {
    this.#left = false;
  }

  /** Nothing can be sent any more. */
  close(): void {
    this.#closed = true;
  }
}
