import { Refusal } from "../replica/echo-message.js";
import { Envelope, eventsOf, type Happening, type TavusEvent } from "../replica/events.js";
import type { Model } from "../replica/model.js";
import { FakeReplica } from "../replica/replica.js";
import type { ReplicaParts } from "../replica/replica-parts.js";
import type { FaultState } from "./faults.js";
import type { Seat } from "./seat.js";

/** What the session needs of the room that it sits in. */
export interface Host {
  readonly faults: FaultState;
  readonly hasPeople: boolean;
  join(who: { userId: string; userName: string; replica: true }, tell: () => void): Seat;
  /** Sends to everybody, after `delaySeconds`. */
  broadcast(from: string, data: object, delaySeconds: number): void;
}

/** What the session is made of. */
export interface SessionParts extends Omit<ReplicaParts, "tell"> {
  lateSeconds: number;
  /** The replica's user id; default: `tavus-replica-` and a UUID. */
  replicaUserId: string | undefined;
  /** Unix seconds, for timestamps. */
  unixTime(): number;
}

/** Tavus' side of the room: when the replica is there, its events, and what becomes of them before they leave. */
export class ReplicaSession {
  /** Pipeline of the replica. */
  readonly replica: FakeReplica;
  readonly #host: Host;
  readonly #parts: SessionParts;
  readonly #told: (happening: Happening) => void;
  readonly #model: Model;
  readonly #envelope: Envelope;
  /** Sender of events that is no visible participant. */
  readonly #hiddenId: string;
  /** Stays the same when the replica leaves and comes back [certain, docs.tavus.io: joined and left]. */
  readonly #faceId: string;
  #seat: Seat | undefined;
  #satAt = 0;
  #greeted = false;
  #stopHeart: () => void = () => {};
  #stopLate: () => void = () => {};

  /** `told` hears of everything that happens to the replica, also of what is not sent. */
  constructor(host: Host, parts: SessionParts, told: (happening: Happening) => void) {
    this.#host = host;
    this.#parts = parts;
    this.#told = told;
    this.#model = parts.model;
    this.#hiddenId = parts.random.uuid();
    this.#faceId = parts.random.uuid();
    this.#envelope = new Envelope(parts.conversationId, () => parts.unixTime());
    this.replica = new FakeReplica({ ...parts, tell: (happening) => this.#say(happening) });
  }

  /** A message that arrived; gives the reason when the replica cannot use it. */
  receive(data: unknown): string | undefined {
    const { listensAfterSeconds } = this.#model;
    const present = this.#parts.clock.now() - this.#satAt;
    if (present < listensAfterSeconds - 1e-9)
      return `the replica has been in the room for ${present.toFixed(3)} s and listens after ${listensAfterSeconds} s`;
    try {
      this.replica.receive(data);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  /** A message in Tavus' name; a missing envelope is filled in. */
  emit(event: object): void {
    const fields = event as TavusEvent;
    this.#send(typeof fields.event_type === "string" ? this.#envelope.wrap(fields) : fields);
  }

  /** Somebody has joined: what depends on somebody being there begins. */
  welcome(): void {
    if (this.#host.faults.replica === "late" && !this.#seat) this.#await();
    if (this.#seat) this.#begin();
  }

  /** Comes, waits or leaves, as the faults have it now. */
  move(): void {
    this.#stopLate();
    const { replica } = this.#host.faults;
    if (replica === "absent" && this.#seat) {
      this.#say({ type: "left", faceId: this.#faceId });
      this.replica.stop();
      this.#seat.leave();
      this.#seat = undefined;
    } else if (replica === "ready" && !this.#seat) {
      this.#sit();
      this.#begin();
    } else if (replica === "late" && !this.#seat && this.#host.hasPeople) this.#await();
  }

  #await(): void {
    this.#stopLate();
    this.#stopLate = this.#parts.schedule.after(this.#parts.lateSeconds, () => {
      this.#sit();
      this.#begin();
    });
  }

  #sit(): void {
    const userId = this.#parts.replicaUserId ?? `tavus-replica-${this.#parts.random.uuid()}`;
    this.#satAt = this.#parts.clock.now();
    this.#seat = this.#host.join({ userId, userName: "Replica", replica: true }, () => {});
  }

  #begin(): void {
    if (!this.#host.hasPeople) return;
    this.#say({ type: "joined", faceId: this.#faceId });
    if (this.#model.greeting && !this.#greeted) this.replica.greet(this.#model.greeting);
    this.#greeted = true;
    this.#stopHeart();
    this.#beat();
  }

  #beat(): void {
    this.#stopHeart = this.#parts.schedule.after(this.#model.heartbeatSeconds, () => {
      if (!this.#host.hasPeople || !this.#seat) return;
      this.#say({ type: "present" });
      this.#beat();
    });
  }

  #say(happening: Happening): void {
    const { silent, eventsMissing, eventCopies, unknownEvents } = this.#host.faults;
    if (silent) return;
    for (const bare of eventsOf(happening, this.#model)) {
      const event = this.#envelope.wrap(bare, this.#model.conversationIds);
      const missing =
        typeof eventsMissing === "number"
          ? this.#parts.random.chance(eventsMissing)
          : eventsMissing.includes(String(event.event_type));
      if (missing) continue;
      if (unknownEvents) event.surprise = { nested: [null, true] };
      for (let copy = 0; copy < eventCopies; copy++) this.#send(event);
      if (unknownEvents) this.#send(this.#envelope.wrap({ event_type: "conversation.not_yet_invented" }));
    }
    this.#told(happening);
  }

  #send(event: object): void {
    const { eventDelaySeconds, eventReordering } = this.#host.faults;
    const { random } = this.#parts;
    // Who sends Tavus' events, the replica's session or a hidden one, is [unknown].
    const seat = this.#model.eventsFrom === "replica" ? this.#seat?.presence.sessionId : undefined;
    const behind = random.chance(eventReordering) ? 0.05 + 0.2 * random.next() : 0;
    this.#host.broadcast(seat ?? this.#hiddenId, event, eventDelaySeconds + behind);
  }
}
