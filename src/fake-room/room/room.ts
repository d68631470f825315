import { Random } from "../random.js";
import type { FakeReplica } from "../replica/replica.js";
import { Schedule } from "../schedule.js";
import { type Newcomer, refusalOf } from "./admission.js";
import { type FatalError, fatalError } from "./fatal-error.js";
import { type FaultState, withFaults } from "./faults.js";
import { Hostile } from "./hostile.js";
import { observeLevels } from "./levels.js";
import type { RefusedMessage, RoomMessage } from "./message.js";
import { Network } from "./network.js";
import { isFor } from "./recipients.js";
import { ReplicaSession } from "./replica-session.js";
import type { RoomParts } from "./room-parts.js";
import type { Presence, RoomEvent, Seat } from "./seat.js";
import { Signalling } from "./signalling.js";

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
  readonly #parts: RoomParts;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #network: Network;
  readonly #session: ReplicaSession;
  readonly #hostile: Hostile;
  readonly #signalling: Signalling;
  readonly #members = new Map<string, Member>();
  #faults: FaultState;
  readonly #unixAtZero: number;
  #closed = false;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#unixAtZero = Date.now() / 1000 - parts.clock.now();
    this.#random = new Random(parts.seed);
    this.#schedule = new Schedule(parts.clock);
    this.#network = new Network(parts.clock, this.#schedule, this.#random, () => this.#faults);
    this.#hostile = new Hostile(parts.conversationId, () =>
      this.join({ userName: "Mallory", userId: "not-a-replica", invited: true }, () => {}),
    );
    this.#signalling = new Signalling(this.#schedule, () => this.#faults, {
      noticed: (up) => this.#tellOthers("", { type: "network", event: up ? "connected" : "interrupted" }),
      restored: () => this.#network.release(),
      lost: () => {
        this.#network.discard();
        this.#empty(this.#faults.signallingEnd === "error" ? fatalError("connection-error") : undefined);
      },
    });
    const session = {
      ...parts,
      schedule: this.#schedule,
      random: this.#random,
      unixTime: () => this.unixTime,
    };
    this.#session = new ReplicaSession(this, session, (happening) => this.#hostile.react(happening));
    this.#session.move();
    if (this.#faults.signalling !== "up") this.#signalling.change(false);
  }

  /** Pipeline of the replica. */
  get replica(): FakeReplica {
    return this.#session.replica;
  }

  /** Seconds of the room's clock. */
  get now(): number {
    return this.#parts.clock.now();
  }

  /** Unix seconds, which go on with the room's clock. */
  get unixTime(): number {
    return this.#unixAtZero + this.now;
  }

  /** Whether the replica has no video. */
  get audioOnly(): boolean {
    return this.#parts.audioOnly;
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

  /** Whether anybody but the replica is there. */
  get hasPeople(): boolean {
    for (const member of this.#members.values()) if (!member.presence.replica) return true;
    return false;
  }

  /** Whether nothing is on its way and nothing is left to be heard. */
  get idle(): boolean {
    return this.#network.inFlight === 0 && this.replica.current === undefined;
  }

  /** Takes a seat; `tell` hears of it when the joining is over. An expired or closed room answers with an error instead. */
  join(who: Newcomer, tell: (event: RoomEvent, seat: Seat) => void): Seat {
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
      const { requireAuth } = this.#parts;
      const door = { closed: this.#closed, requireAuth, room: this.conversationId, now: this.unixTime };
      const refusal = refusalOf(who, door, this.#faults);
      if (refusal) {
        member.state = "out";
        member.tell({ type: "left", error: refusal });
        return;
      }
      member.state = "joined";
      const others = [...this.#members.values()].map((other) => other.presence);
      this.#members.set(sessionId, member);
      member.tell({ type: "joined", maxMessageLength: this.announcedLimit, others });
      this.#tellOthers(sessionId, { type: "participant", change: "joined", presence });
      if (presence.replica) return;
      this.#hostile.want(this.#faults.hostile);
      this.#session.welcome();
    };
    // The test's own participants, and those in rooms without a delay, are there at once.
    if (this.#parts.joinSeconds <= 0 || presence.replica) arrive();
    else this.#schedule.after(this.#parts.joinSeconds, arrive);
    return member;
  }

  /** Tells how loud everybody is, by session id, every `seconds` until the undo is called. */
  observeLevels(seconds: number, tell: (levels: Record<string, number>) => void): () => void {
    const everybody = (): Presence[] => [...this.#members.values()].map(({ presence }) => presence);
    return observeLevels(this.#schedule, this.replica, everybody, seconds, tell);
  }

  /** Changes faults, at once. */
  set(changes: object): void {
    const before = this.#faults;
    this.#faults = withFaults(before, changes);
    const now = this.#faults;
    if (now.maxMessageLength !== before.maxMessageLength || now.announceLimit !== before.announceLimit)
      this.#tellOthers("", { type: "limit", maxMessageLength: this.announcedLimit });
    if ((now.signalling === "up") !== (before.signalling === "up")) this.#signalling.change(now.signalling === "up");
    if (now.replica !== before.replica) this.#session.move();
    this.#faults = { ...now, ejected: false, nonfatalError: false, fatalError: "none" };
    if (now.nonfatalError)
      this.#tellOthers("", { type: "nonfatal", message: "Something went wrong; the call goes on." });
    if (now.ejected) this.#empty(fatalError("ejected"));
    if (now.fatalError !== "none") this.#empty(fatalError(now.fatalError));
    if (now.expired && !before.expired) this.#empty(fatalError("exp-room", "Meeting has ended."));
    this.#hostile.want(now.hostile && this.hasPeople);
  }

  /** Sends a message as Tavus does; a missing envelope is filled in. */
  emit(event: object): void {
    this.#session.emit(event);
  }

  /** A message of Tavus, to everybody, that leaves after `delaySeconds`. */
  broadcast(from: string, data: object, delaySeconds: number): void {
    const copy: unknown = structuredClone(data);
    const carry = (): RoomMessage["fate"] =>
      this.#network.carry(from, "fromReplica", () => this.#hand(from, copy, "*", false));
    // The fate of one that leaves later is not known yet.
    const fate = delaySeconds === 0 ? carry() : "carried";
    this.messages.push({ at: this.now, from, to: "*", data: copy, fate });
    if (delaySeconds > 0) this.#schedule.after(delaySeconds, () => void carry());
  }

  /** Ends the room for everybody. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#empty(fatalError("no-room", "The meeting was deleted."));
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
      : this.#network.carry(sessionId, "toReplica", () => this.#hand(sessionId, copy, to, true));
    this.messages.push({ at: this.now, from: sessionId, to, data: copy, fate });
    if (refused) this.#note(sessionId, copy, `${length} characters are more than ${this.#faults.maxMessageLength}`);
  }

  /** Tavus does not hear itself, whoever sends its events. */
  #hand(from: string, data: unknown, to: unknown, toReplica: boolean): void {
    for (const member of this.#members.values()) {
      const { sessionId, replica } = member.presence;
      if (sessionId === from || !isFor(to, sessionId)) continue;
      if (!replica) {
        member.tell({ type: "message", data, fromId: from });
        continue;
      }
      const reason = toReplica ? this.#session.receive(data) : undefined;
      if (reason !== undefined) this.#note(from, data, reason);
    }
  }

  #note(from: string, data: unknown, reason: string): void {
    this.refused.push({ at: this.now, from, reason, data });
  }

  #empty(error: FatalError | undefined): void {
    for (const member of [...this.#members.values()]) if (!member.presence.replica) this.#remove(member, error);
  }

  #remove(member: Member, error: FatalError | undefined): void {
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
}
