import { systemClock } from "../flow/clock.js";
import type { Transport } from "../transport/transport.js";
import { FakeCall } from "./call/call.js";
import type { CallProperties } from "./call/call-properties.js";
import { type HeardTogether, heardTurn, joinHeard } from "./heard-turn.js";
import { ReplicaMedia } from "./media/media.js";
import { callable, checkOptions, show, text } from "./option-rules.js";
import type { FakeRoomOptions, HeardTurn } from "./options.js";
import { registry } from "./registry.js";
import { completeModel } from "./replica/model.js";
import { timeline } from "./report/timeline.js";
import { type Faults, initialFaults } from "./room/faults.js";
import { defaultTokenSeconds, meetingToken } from "./room/meeting-token.js";
import type { RefusedMessage, RoomMessage } from "./room/message.js";
import { Room } from "./room/room.js";
import { roomTransport } from "./transport.js";

/** Somebody in the room, under the test's control. */
export interface Participant {
  /** Session id. */
  readonly id: string;
  /** Sends an app message: to `"*"` (default), a session id, or an array of them. Never to itself. */
  send(data: unknown, to?: unknown): void;
  /** Leaves the room. */
  leave(): void;
}

/** A Daily room with a Tavus replica in it, all in this page or process. */
export interface FakeRoom {
  /** What the app joins: the conversation's URL. */
  readonly url: string;
  /** Name of the conversation, and of the room. */
  readonly conversationId: string;
  /** For `Daily.createCallObject({ dailyConfig })`: the real client then joins this room. */
  readonly dailyConfig: object;
  /** A participant without Daily and without a browser, for unit tests of apps. It joins at once; `token` as in Daily's `join()`. */
  transport(options?: { token?: string | undefined }): Transport;
  /**
   * A Daily call object without Daily and without a browser, for code that takes a `DailyCall`. It is not joined; `url` is this
   * room's unless `join()` names another. See {@link FakeCall}.
   */
  call(properties?: CallProperties): FakeCall;
  /** A token that opens this room for `seconds` (default 300, as Tavus'), counted by the room's clock. Daily itself takes it nowhere. */
  meetingToken(seconds?: number): string;
  /** Another participant. `onMessage` gets what the others send to it. A `userId` with `tavus-replica` makes it a replica to clients. */
  participant(options?: {
    userId?: string;
    userName?: string;
    onMessage?: (data: unknown, fromId: string) => void;
  }): Participant;
  /** Every message that was sent, in order, those of Tavus too; `at` in seconds of the clock. */
  readonly messages: readonly RoomMessage[];
  /** What the replica could not use, and why. */
  readonly refused: readonly RefusedMessage[];
  /**
   * What the replica heard, one per `inference_id`, in the order of arrival. With wall-clock time it waits until
   * nothing is on its way and nothing plays; with an injected clock, which only the caller moves, it tells what has
   * been heard so far.
   */
  turns(): Promise<readonly HeardTurn[]>;
  /** As `turns()`, without a wait: what has been heard so far. */
  heardSoFar(): readonly HeardTurn[];
  /**
   * What the replica heard under these ids, as they were sent, joined in their order. Waits as `turns()` does. An id that never
   * reached the replica adds nothing and is named in `missing`.
   *
   * @throws TypeError for what is no array of strings; RangeError when the ids have different sample rates.
   */
  heard(inferenceIds: readonly string[]): Promise<HeardTogether>;
  /** Why nothing has been heard so far, in words, for the test that fails by it; undefined once something was. */
  readonly why: string | undefined;
  /** Every message that was sent and what the replica could not use, a line each, for a test that failed. */
  readonly timeline: string;
  /** Changes faults, at once; undefined restores a default. What does not exist or does not fit is a TypeError or a RangeError. */
  set(faults: Faults): void;
  /** Sends a message as Tavus does, or several. With an `event_type`, what is missing of the envelope is filled in. See `tavusEvents`. */
  emit(event: object | readonly object[]): void;
  /** Ends the room: everybody is out, timers and media stop. */
  close(): void;
}

/** Where the call machine comes from, which the page and the library know differently. */
export interface Way {
  dailyConfig(): object;
  close(): void;
}

const participantRules = { userId: text, userName: text, onMessage: callable };

/** Makes a room at `url` (default: one that ends in the conversation's id) and enters it into the page's registry. `options` have been checked. */
export function openRoom(options: FakeRoomOptions, way: Way, at?: string): FakeRoom {
  const { clock = systemClock, speed = 1 } = options;
  const conversationId = options.conversationId ?? `c${randomHex(8)}`;
  const { maxMessageLength, replica, faults = {} } = options;
  const room = new Room({
    clock,
    conversationId,
    seed: options.seed ?? 1,
    speed,
    faults: initialFaults({
      ...(maxMessageLength !== undefined && { maxMessageLength }),
      ...(replica !== undefined && { replica }),
      ...faults,
    }),
    model: completeModel(options.model ?? {}),
    speech: options.speech,
    requireAuth: options.requireAuth ?? false,
    audioOnly: options.audioOnly ?? false,
    replicaUserId: options.replicaUserId,
    joinSeconds: options.joinSeconds ?? 0,
    lateSeconds: options.lateSeconds ?? 3,
  });
  const url = at ?? `https://tavus.daily.co/${conversationId}`;
  const { rooms } = registry();
  let made: ReplicaMedia | undefined;
  const media = (): ReplicaMedia => {
    made ??= new ReplicaMedia(room.replica, () => clock.now(), speed);
    return made;
  };
  rooms.set(url, { room, media });
  let closed = false;
  const heardSoFar = (): HeardTurn[] =>
    room.replica.utterances
      .filter(({ kind }) => kind !== "greeting")
      .map((utterance) => heardTurn(utterance, room.now));

  return {
    url,
    conversationId,
    get dailyConfig() {
      return way.dailyConfig();
    },
    transport(options = {}) {
      checkOptions("option of transport()", { token: text }, options);
      return roomTransport(room, options.token, (element, blocked) =>
        attach(element, media(), room.audioOnly, blocked),
      );
    },
    call: (properties = {}) => new FakeCall(randomHex(8), { url, ...properties }),
    meetingToken(seconds = defaultTokenSeconds) {
      if (!(seconds > 0)) throw new RangeError(`meetingToken() takes seconds above 0, not ${show(seconds)}.`);
      return meetingToken({ r: conversationId, exp: room.unixTime + seconds });
    },
    participant(options = {}) {
      checkOptions("option of participant()", participantRules, options);
      const { onMessage, ...who } = options;
      const seat = room.join({ ...who, invited: true }, (event) => {
        if (event.type === "message") onMessage?.(event.data, event.fromId);
      });
      return { id: seat.presence.sessionId, send: (data, to) => seat.send(data, to), leave: () => seat.leave() };
    },
    messages: room.messages,
    refused: room.refused,
    async turns() {
      if (clock === systemClock)
        // The first sleep lets messages arrive that a client has just posted.
        do await clock.sleep(0.02);
        while (!closed && !room.idle);
      return heardSoFar();
    },
    heardSoFar,
    async heard(inferenceIds) {
      return joinHeard(await this.turns(), inferenceIds);
    },
    get why() {
      return room.why;
    },
    get timeline() {
      return timeline(room.messages, room.refused);
    },
    set: (changes) => room.set(changes),
    emit(event) {
      const events: readonly unknown[] = Array.isArray(event) ? event : [event];
      for (const one of events)
        if (typeof one !== "object" || one === null || Array.isArray(one))
          throw new TypeError(`emit() takes an object, not ${show(one)}.`);
      for (const one of events) room.emit(one as object);
    },
    close() {
      closed = true;
      rooms.delete(url);
      room.close();
      made?.close();
      way.close();
    },
  };
}

function attach(
  element: HTMLVideoElement,
  { audio, video }: ReplicaMedia,
  audioOnly: boolean,
  blocked: () => void,
): () => void {
  const stream = new MediaStream(audioOnly ? [audio] : [video, audio]);
  element.srcObject = stream;
  let attached = true;
  // Refused without a gesture; also when another attach comes first, which is no news.
  element.play().catch(() => {
    if (attached) blocked();
  });
  return () => {
    attached = false;
    if (element.srcObject === stream) element.srcObject = null;
  };
}

/** `crypto.randomUUID` exists on secure pages only, `getRandomValues` everywhere. */
const randomHex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
