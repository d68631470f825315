import type { Clock } from "../../flow/clock.js";
import { Random } from "../random.js";
import { Refusal } from "../replica/echo-message.js";
import { Envelope, eventsOf, type Happening, type TavusEvent } from "../replica/events.js";
import type { Model } from "../replica/model.js";
import { FakeReplica } from "../replica/replica.js";
import type { Speech } from "../replica/voice.js";
import { Schedule } from "../schedule.js";
import { type FaultState, withFaults } from "./faults.js";
import { hostileMessages } from "./hostile.js";
import { Network } from "./network.js";
import type { Presence, RoomEvent, Seat } from "./seat.js";

/** A message as it was sent. */
export interface RoomMessage {
  /** Seconds of the room's clock. */
  readonly at: number;
  /** Session id of the sender. */
  readonly from: string;
  readonly to: unknown;
  readonly data: unknown;
  /** Whether the room took it: `lost` by a fault, `held` while signalling is interrupted, `refused` for its length. */
  readonly fate: "carried" | "lost" | "held" | "refused";
}

/** What the replica could not use, and why. */
export interface RefusedMessage {
  readonly at: number;
  readonly from: string;
  readonly reason: string;
  readonly data: unknown;
}

/** What a room is made of. */
export interface RoomParts {
  clock: Clock;
  conversationId: string;
  seed: number;
  speed: number;
  faults: FaultState;
  model: Model;
  speech: Speech | undefined;
  /** Seconds that joining takes. */
  joinSeconds: number;
  /** Seconds after the first participant at which a late replica comes. */
  lateSeconds: number;
}

interface Member extends Seat {
  state: Seat["state"];
  tell(event: RoomEvent): void;
}

/** A Daily room with a Tavus replica in it: who is there, what is sent, and what goes wrong. */
export class Room {
  /** Every message that was sent, in order, whatever became of it. */
  readonly messages: RoomMessage[] = [];
  /** Messages that the replica could not use. */
  readonly refused: RefusedMessage[] = [];
  /** Pipeline of the replica. */
  readonly replica: FakeReplica;
  readonly #parts: RoomParts;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #network: Network;
  readonly #envelope: Envelope;
  readonly #members = new Map<string, Member>();
  /** Sender of events that is no visible participant, and the hostile one that is. */
  readonly #hiddenId: string;
  #faults: FaultState;
  #replicaSeat: Seat | undefined;
  #hostile = false;
  #hostileSeat: Seat | undefined;
  #greeted = false;
  #closed = false;
  #stopHeart: () => void = () => {};
  #stopLate: () => void = () => {};
  #stopTimeout: () => void = () => {};

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#random = new Random(parts.seed);
    this.#hiddenId = this.#random.uuid();
    this.#schedule = new Schedule(parts.clock);
    this.#network = new Network(parts.clock, this.#schedule, this.#random, () => this.#faults);
    this.#envelope = new Envelope(parts.conversationId, () => Date.now() / 1000);
    this.replica = new FakeReplica({
      ...parts,
      schedule: this.#schedule,
      random: this.#random,
      tell: (happening) => this.#say(happening),
    });
    if (this.#faults.replica === "ready") this.#seatReplica();
    if (this.#faults.signalling !== "up") this.#signalling(false);
  }

  /** Seconds of the room's clock. */
  get now(): number {
    return this.#parts.clock.now();
  }

  /** Name of the conversation, and of the room. */
  get conversationId(): string {
    return this.#parts.conversationId;
  }

  /** The faults that hold now. */
  get faults(): FaultState {
    return this.#faults;
  }

  /** What clients believe the limit to be. */
  get announcedLimit(): number {
    return this.#faults.announceLimit ? this.#faults.maxMessageLength : 4096;
  }

  /** Whether nothing is on its way and nothing is left to be heard. */
  get idle(): boolean {
    return this.#network.inFlight === 0 && this.replica.current === undefined;
  }

  /** Takes a seat; `tell` hears of it when the joining is over. An expired or closed room answers with an error instead. */
  join(
    who: { userId?: string; userName?: string; replica?: boolean },
    tell: (event: RoomEvent, seat: Seat) => void,
  ): Seat {
    const sessionId = this.#random.uuid();
    const presence: Presence = {
      sessionId,
      userId: who.userId ?? sessionId,
      userName: who.userName ?? "",
      replica: who.replica ?? false,
    };
    const member: Member = {
      presence,
      state: "joining",
      tell: (event) => tell(event, member),
      send: (data, to = "*") => this.#send(member, data, to),
      leave: () => this.#remove(member, undefined),
    };
    const arrive = (): void => {
      if (member.state !== "joining") return;
      if (this.#closed || this.#faults.expired) {
        this.#refuse(member);
        return;
      }
      member.state = "joined";
      const others = [...this.#members.values()].map((other) => other.presence);
      this.#members.set(sessionId, member);
      member.tell({ type: "joined", maxMessageLength: this.announcedLimit, others });
      this.#tellOthers(sessionId, { type: "participant", change: "joined", presence });
      if (!presence.replica) this.#welcome();
    };
    // The test's own participants, and those in rooms without a delay, are there at once.
    if (this.#parts.joinSeconds <= 0 || presence.replica) arrive();
    else this.#schedule.after(this.#parts.joinSeconds, arrive);
    return member;
  }

  /** Changes faults, at once. */
  set(changes: object): void {
    const before = this.#faults;
    this.#faults = withFaults(before, changes);
    const now = this.#faults;
    if (now.maxMessageLength !== before.maxMessageLength || now.announceLimit !== before.announceLimit)
      this.#tellOthers("", { type: "limit", maxMessageLength: this.announcedLimit });
    if ((now.signalling === "up") !== (before.signalling === "up")) this.#signalling(now.signalling === "up");
    if (now.replica !== before.replica) this.#moveReplica();
    this.#faults = { ...now, ejected: false, nonfatalError: false };
    if (now.nonfatalError)
      this.#tellOthers("", { type: "nonfatal", message: "Something went wrong; the call goes on." });
    if (now.ejected) {
      this.#empty({ type: "ejected", message: "You have been ejected from this meeting." });
    }
    if (now.expired && !before.expired) this.#empty({ type: "exp-room", message: "Meeting has ended." });
    this.#hostility();
  }

  /** Sends a message as Tavus does; a missing envelope is filled in. */
  emit(event: object): void {
    const fields = event as TavusEvent;
    const message = typeof fields.event_type === "string" ? this.#envelope.wrap(fields) : fields;
    this.#fromTavus(message);
  }

  /** Ends the room for everybody. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#empty({ type: "no-room", message: "The meeting was deleted." });
    this.#schedule.close();
  }

  #send(member: Member, data: unknown, to: unknown): void {
    if (member.state !== "joined") throw new Error("sendAppMessage() only supported after join.");
    const copy: unknown = structuredClone(data);
    const length = JSON.stringify(copy)?.length ?? 0;
    const { sessionId } = member.presence;
    // Clients check the length themselves. What a server does with a message that is too long is [unknown]; the fake drops it.
    const refused = length > this.#faults.maxMessageLength && !member.presence.replica;
    const fate = refused
      ? "refused"
      : this.#network.carry(sessionId, "toReplica", () => this.#arrive(sessionId, copy, to));
    this.messages.push({ at: this.now, from: sessionId, to, data: copy, fate });
    if (refused) this.#note(sessionId, copy, `${length} characters are more than ${this.#faults.maxMessageLength}`);
  }

  #arrive(from: string, data: unknown, to: unknown): void {
    for (const member of this.#members.values()) {
      const { sessionId, replica } = member.presence;
      if (sessionId === from || !isFor(to, sessionId)) continue;
      if (!replica) {
        member.tell({ type: "message", data, fromId: from });
        continue;
      }
      try {
        this.replica.receive(data);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#note(from, data, error.message);
      }
    }
  }

  #note(from: string, data: unknown, reason: string): void {
    this.refused.push({ at: this.now, from, reason, data });
  }

  #say(happening: Happening): void {
    const { model } = this.#parts;
    const { silent, eventsMissing, eventCopies, unknownEvents, hostile } = this.#faults;
    if (silent) return;
    for (const bare of eventsOf(happening, model)) {
      const event = this.#envelope.wrap(bare, model.conversationIds);
      const missing = Array.isArray(eventsMissing)
        ? eventsMissing.includes(event.event_type)
        : this.#random.chance(eventsMissing as number);
      if (missing) continue;
      if (unknownEvents) event.surprise = { nested: [null, true] };
      for (let copy = 0; copy < eventCopies; copy++) this.#fromTavus(event);
      if (unknownEvents) this.#fromTavus(this.#envelope.wrap({ event_type: "conversation.not_yet_invented" }));
    }
    if (hostile && this.#hostileSeat?.state === "joined")
      for (const data of hostileMessages(happening, this.conversationId)) this.#hostileSeat.send(data);
  }

  #fromTavus(data: object): void {
    const { eventDelaySeconds, eventReordering } = this.#faults;
    // Who sends Tavus' events, the replica's session or a hidden one, is [unknown].
    const seat = this.#parts.model.eventsFrom === "replica" ? this.#replicaSeat?.presence.sessionId : undefined;
    const from = seat ?? this.#hiddenId;
    const copy: unknown = structuredClone(data);
    const deliver = (): void => this.#arriveFromTavus(from, copy);
    const delay = eventDelaySeconds + (this.#random.chance(eventReordering) ? 0.05 + 0.2 * this.#random.next() : 0);
    if (delay === 0) {
      const fate = this.#network.carry(from, "fromReplica", deliver);
      this.messages.push({ at: this.now, from, to: "*", data: copy, fate });
      return;
    }
    this.messages.push({ at: this.now, from, to: "*", data: copy, fate: "carried" });
    this.#schedule.after(delay, () => void this.#network.carry(from, "fromReplica", deliver));
  }

  #arriveFromTavus(from: string, data: unknown): void {
    for (const member of this.#members.values())
      if (member.presence.sessionId !== from && !member.presence.replica)
        member.tell({ type: "message", data, fromId: from });
  }

  /** The first participant starts what depends on somebody being there. */
  #welcome(): void {
    this.#hostility();
    if (this.#faults.replica === "late" && !this.#replicaSeat) this.#awaitReplica();
    if (this.#replicaSeat) this.#beginSession();
  }

  #awaitReplica(): void {
    this.#stopLate();
    this.#stopLate = this.#schedule.after(this.#parts.lateSeconds, () => {
      this.#seatReplica();
      this.#beginSession();
    });
  }

  #seatReplica(): void {
    const userId = `tavus-replica-${this.#random.uuid()}`;
    this.#replicaSeat = this.join({ userId, userName: "Replica", replica: true }, () => {});
  }

  #beginSession(): void {
    if (!this.#hasPeople()) return;
    this.#say({ type: "joined" });
    if (this.#parts.model.greeting && !this.#greeted) this.replica.greet(this.#parts.model.greeting);
    this.#greeted = true;
    this.#stopHeart();
    this.#beat();
  }

  #beat(): void {
    if (this.#parts.model.heartbeatSeconds === Number.POSITIVE_INFINITY) return;
    this.#stopHeart = this.#schedule.after(this.#parts.model.heartbeatSeconds, () => {
      if (!this.#hasPeople() || !this.#replicaSeat) return;
      this.#say({ type: "present" });
      this.#beat();
    });
  }

  #moveReplica(): void {
    this.#stopLate();
    const { replica } = this.#faults;
    if (replica === "absent" && this.#replicaSeat) {
      this.#say({ type: "left" });
      this.replica.stop();
      this.#replicaSeat.leave();
      this.#replicaSeat = undefined;
    } else if (replica === "ready" && !this.#replicaSeat) {
      this.#seatReplica();
      this.#beginSession();
    } else if (replica === "late" && !this.#replicaSeat && this.#hasPeople()) this.#awaitReplica();
  }

  #hostility(): void {
    const wanted = this.#faults.hostile && this.#hasPeople();
    // Taking the seat comes back here.
    if (wanted && !this.#hostile) {
      this.#hostile = true;
      this.#hostileSeat = this.join({ userName: "Mallory", userId: "not-a-replica" }, () => {});
    } else if (!wanted && this.#hostile) {
      this.#hostile = false;
      this.#hostileSeat?.leave();
      this.#hostileSeat = undefined;
    }
  }

  #signalling(up: boolean): void {
    this.#stopTimeout();
    this.#tellOthers("", { type: "network", event: up ? "connected" : "interrupted" });
    if (up) {
      this.#network.release();
      return;
    }
    const { signallingTimeoutSeconds, signallingEnd } = this.#faults;
    this.#stopTimeout = this.#schedule.after(signallingTimeoutSeconds, () => {
      this.#network.discard();
      const error = { type: "connection-error", message: "Lost the connection to the signaling server." };
      this.#empty(signallingEnd === "error" ? error : undefined);
    });
  }

  #empty(error: { type: string; message: string } | undefined): void {
    for (const member of [...this.#members.values()]) if (!member.presence.replica) this.#remove(member, error);
  }

  #refuse(member: Member): void {
    member.state = "out";
    const error = this.#closed
      ? { type: "no-room", message: "The meeting was deleted." }
      : { type: "exp-room", message: "The meeting you're trying to join is no longer available." };
    member.tell({ type: "left", error });
  }

  #remove(member: Member, error: { type: string; message: string } | undefined): void {
    if (member.state === "out") return;
    const wasIn = member.state === "joined";
    member.state = "out";
    this.#members.delete(member.presence.sessionId);
    member.tell({ type: "left", ...(error && { error }) });
    if (wasIn)
      this.#tellOthers(member.presence.sessionId, { type: "participant", change: "left", presence: member.presence });
  }

  #tellOthers(exceptId: string, event: RoomEvent): void {
    for (const member of [...this.#members.values()]) if (member.presence.sessionId !== exceptId) member.tell(event);
  }

  #hasPeople(): boolean {
    for (const member of this.#members.values()) if (!member.presence.replica) return true;
    return false;
  }
}

/** Daily's `to`: `"*"`, a session id, or an array of them; not a user id [certain]. Anything else is for nobody. */
function isFor(to: unknown, sessionId: string): boolean {
  return to === "*" || to === sessionId || (Array.isArray(to) && to.includes(sessionId));
}
