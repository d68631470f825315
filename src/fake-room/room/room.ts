import type { Clock } from "../../flow/clock.js";
import { Random } from "../random.js";
import type { Model } from "../replica/model.js";
import type { FakeReplica } from "../replica/replica.js";
import type { Speech } from "../replica/voice.js";
import { Schedule } from "../schedule.js";
import { type FaultState, withFaults } from "./faults.js";
import { Hostile } from "./hostile.js";
import type { RefusedMessage, RoomMessage } from "./message.js";
import { Network } from "./network.js";
import { ReplicaSession } from "./replica-session.js";
import type { Presence, RoomEvent, Seat } from "./seat.js";

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
  readonly #parts: RoomParts;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #network: Network;
  readonly #session: ReplicaSession;
  readonly #hostile: Hostile;
  readonly #members = new Map<string, Member>();
  #faults: FaultState;
  #closed = false;
  /** Whether signalling is up as far as the clients know. */
  #noticedUp = true;
  #stopNotice: () => void = () => {};
  #stopTimeout: () => void = () => {};

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#random = new Random(parts.seed);
    this.#schedule = new Schedule(parts.clock);
    this.#network = new Network(parts.clock, this.#schedule, this.#random, () => this.#faults);
    this.#hostile = new Hostile(parts.conversationId, () =>
      this.join({ userName: "Mallory", userId: "not-a-replica" }, () => {}),
    );
    const session = { ...parts, schedule: this.#schedule, random: this.#random };
    this.#session = new ReplicaSession(this, session, (happening) => this.#hostile.react(happening));
    this.#session.move();
    if (this.#faults.signalling !== "up") this.#signalling(false);
  }

  /** Pipeline of the replica. */
  get replica(): FakeReplica {
    return this.#session.replica;
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
      if (presence.replica) return;
      this.#hostile.want(this.#faults.hostile);
      this.#session.welcome();
    };
    // The test's own participants, and those in rooms without a delay, are there at once.
    if (this.#parts.joinSeconds <= 0 || presence.replica) arrive();
    else this.#schedule.after(this.#parts.joinSeconds, arrive);
    return member;
  }

  /**
   * Tells how loud everybody is, by session id, every `seconds` until the undo is called: the replica as it plays, others not
   * at all. daily-js documents 0 to 1; how Daily computes it is [unknown]: here the RMS since the report before.
   */
  observeLevels(seconds: number, tell: (levels: Record<string, number>) => void): () => void {
    let stopped = false;
    const report = (): void => {
      if (stopped) return;
      const level = this.replica.level(seconds);
      tell(
        Object.fromEntries([...this.#members].map(([id, { presence }]) => [id, presence.replica ? level : 0] as const)),
      );
      this.#schedule.after(seconds, report);
    };
    this.#schedule.after(seconds, report);
    return () => {
      stopped = true;
    };
  }

  /** Changes faults, at once. */
  set(changes: object): void {
    const before = this.#faults;
    this.#faults = withFaults(before, changes);
    const now = this.#faults;
    if (now.maxMessageLength !== before.maxMessageLength || now.announceLimit !== before.announceLimit)
      this.#tellOthers("", { type: "limit", maxMessageLength: this.announcedLimit });
    if ((now.signalling === "up") !== (before.signalling === "up")) this.#signalling(now.signalling === "up");
    if (now.replica !== before.replica) this.#session.move();
    this.#faults = { ...now, ejected: false, nonfatalError: false };
    if (now.nonfatalError)
      this.#tellOthers("", { type: "nonfatal", message: "Something went wrong; the call goes on." });
    if (now.ejected) {
      this.#empty({ type: "ejected", message: "You have been ejected from this meeting." });
    }
    if (now.expired && !before.expired) this.#empty({ type: "exp-room", message: "Meeting has ended." });
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

  #signalling(up: boolean): void {
    this.#stopTimeout();
    this.#notice(up);
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

  /** The clients learn of it `noticedAfterSeconds` later; of what is over by then, never. */
  #notice(up: boolean): void {
    this.#stopNotice();
    if (up === this.#noticedUp) return;
    const tell = (): void => {
      this.#noticedUp = up;
      this.#tellOthers("", { type: "network", event: up ? "connected" : "interrupted" });
    };
    const { noticedAfterSeconds } = this.#faults;
    if (noticedAfterSeconds === 0) tell();
    else this.#stopNotice = this.#schedule.after(noticedAfterSeconds, tell);
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
}

/** Daily's `to`: `"*"`, a session id, or an array of them; not a user id [certain]. Anything else is for nobody. */
function isFor(to: unknown, sessionId: string): boolean {
  return to === "*" || to === sessionId || (Array.isArray(to) && to.includes(sessionId));
}
