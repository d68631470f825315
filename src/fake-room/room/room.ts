import { Random } from "../random.js";
import type { FakeReplica } from "../replica/replica.js";
import { whySilent } from "../report/why-silent.js";
import { Schedule } from "../schedule.js";
import { type Newcomer, refusalOf } from "./admission.js";
import { type FatalError, fatalError } from "./fatal-error.js";
import { type FaultState, withFaults, withoutMoments } from "./faults.js";
import { Hostile } from "./hostile.js";
import { observeLevels } from "./levels.js";
import type { RefusedMessage, RoomMessage } from "./message.js";
import { Network } from "./network.js";
import { Post } from "./post.js";
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
  readonly #parts: RoomParts;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #network: Network;
  readonly #post: Post;
  readonly #session: ReplicaSession;
  readonly #hostile: Hostile;
  readonly #signalling: Signalling;
  readonly #members = new Map<string, Member>();
  /** Session ids of all who were ever here, without the replica. */
  readonly #people = new Set<string>();
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
    this.#post = new Post({
      ...{ network: this.#network, schedule: this.#schedule, clock: parts.clock, faults: () => this.#faults },
      members: () => this.#members.values(),
      toReplica: (data) => this.#session.receive(data),
    });
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
    const session = { ...parts, schedule: this.#schedule, random: this.#random, unixTime: () => this.unixTime };
    this.#session = new ReplicaSession(this, session, (happening) => this.#hostile.react(happening));
    this.#session.move();
    if (this.#faults.signalling !== "up") this.#signalling.change(false);
  }

  /** Every message that was sent, in order, whatever became of it. */
  get messages(): readonly RoomMessage[] {
    return this.#post.messages;
  }

  /** Messages that the replica could not use. */
  get refused(): readonly RefusedMessage[] {
    return this.#post.refused;
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

  /** What `call.room()` tells; the hint at the limit may be missing [certain]. */
  get info(): object {
    const domainConfig = this.#faults.roomInfo ? { max_app_message_size: this.announcedLimit } : {};
    return { name: this.conversationId, config: {}, domainConfig };
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

  /** Why nothing has been heard so far; undefined once something was. */
  get why(): string | undefined {
    const said = this.replica.utterances.filter(({ kind }) => kind !== "greeting");
    if (said.some((utterance) => utterance.heardFrames(this.now) > 0)) return undefined;
    return whySilent({
      people: this.#people,
      replicaPresent: [...this.#members.values()].some(({ presence }) => presence.replica),
      messages: this.messages,
      refused: this.refused,
      unheardFrames: said.reduce((sum, { receivedFrames }) => sum + receivedFrames, 0),
      inFlight: this.#network.inFlight,
    });
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
      send: (data, to = "*") => this.#post.send(member, data, to),
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
      this.#people.add(sessionId);
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
    this.#faults = withoutMoments(now);
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
    this.#post.broadcast(from, data, delaySeconds);
  }

  /** Ends the room for everybody. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#empty(fatalError("no-room", "The meeting was deleted."));
    this.#schedule.close();
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
