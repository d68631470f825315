import type { Clock } from "../../flow/clock.js";
import type { Schedule } from "../schedule.js";
import { copyOf } from "./copy.js";
import type { FaultState } from "./faults.js";
import type { RefusedMessage, RoomMessage } from "./message.js";
import type { Network } from "./network.js";
import type { RoomEvent, Seat } from "./seat.js";

/** Who can be written to. */
type Addressee = Pick<Seat, "presence" | "state"> & { tell(event: RoomEvent): void };

/** What carries messages in a room. */
export interface PostParts {
  readonly network: Network;
  readonly schedule: Schedule;
  readonly clock: Clock;
  faults(): FaultState;
  members(): Iterable<Addressee>;
  /** Gives the reason when the replica cannot use it. */
  toReplica(data: unknown): string | undefined;
}

/** The messages of a room: from whom, to whom, and what became of them. */
export class Post {
  /** Every message that was sent, in order, whatever became of it. */
  readonly messages: RoomMessage[] = [];
  /** Messages that the replica could not use. */
  readonly refused: RefusedMessage[] = [];
  readonly #parts: PostParts;

  constructor(parts: PostParts) {
    this.#parts = parts;
  }

  /** A member's message. Throws unless the member has joined. */
  send({ presence, state }: Addressee, data: unknown, to: unknown): void {
    if (state !== "joined") throw new Error("sendAppMessage() only supported after join.");
    const copy = copyOf(data);
    const length = JSON.stringify(copy)?.length ?? 0;
    const { maxMessageLength } = this.#parts.faults();
    const { sessionId, replica } = presence;
    // Clients check the length themselves. What a server does with a message that is too long is [unknown]; the fake drops it.
    const refused = length > maxMessageLength && !replica;
    const arrive = (): void => this.#hand(sessionId, copy, to, true);
    const fate = refused ? "refused" : this.#parts.network.carry(sessionId, "toReplica", arrive);
    this.messages.push({ at: this.#parts.clock.now(), from: sessionId, to, data: copy, fate });
    if (refused) this.#note(sessionId, copy, `${length} characters are more than ${maxMessageLength}`);
  }

  /** A message of Tavus, to everybody, that leaves after `delaySeconds`. */
  broadcast(from: string, data: object, delaySeconds: number): void {
    const { network, schedule, clock } = this.#parts;
    const copy = copyOf(data);
    const carry = (): RoomMessage["fate"] =>
      network.carry(from, "fromReplica", () => this.#hand(from, copy, "*", false));
    // The fate of one that leaves later is not known yet.
    const fate = delaySeconds === 0 ? carry() : "carried";
    this.messages.push({ at: clock.now(), from, to: "*", data: copy, fate });
    if (delaySeconds > 0) schedule.after(delaySeconds, () => void carry());
  }

  /** Tavus does not hear itself, whoever sends its events. */
  #hand(from: string, data: unknown, to: unknown, toReplica: boolean): void {
    for (const { presence, tell } of this.#parts.members()) {
      const { sessionId, replica } = presence;
      if (sessionId === from || !isFor(to, sessionId)) continue;
      if (!replica) {
        tell({ type: "message", data, fromId: from });
        continue;
      }
      const reason = toReplica ? this.#parts.toReplica(data) : undefined;
      if (reason !== undefined) this.#note(from, data, reason);
    }
  }

  #note(from: string, data: unknown, reason: string): void {
    this.refused.push({ at: this.#parts.clock.now(), from, reason, data });
  }
}

/** Daily's `to`: `"*"`, a session id, or an array of them; not a user id [certain]. Anything else is for nobody. */
function isFor(to: unknown, sessionId: string): boolean {
  return to === "*" || to === sessionId || (Array.isArray(to) && to.includes(sessionId));
}
