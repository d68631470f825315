import { systemClock } from "../flow/clock.js";
import type { Transport } from "../transport/transport.js";
import { ReplicaMedia } from "./media/media.js";
import type { FakeRoomOptions, HeardTurn } from "./options.js";
import { registry } from "./registry.js";
import { defaultModel } from "./replica/model.js";
import type { Utterance } from "./replica/utterance.js";
import { wav } from "./replica/wav.js";
import { type Faults, merge, noFaults, withFaults } from "./room/faults.js";
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
  /** A participant without Daily and without a browser, for unit tests of apps. It joins at once. */
  transport(): Transport;
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
  /** Changes faults, at once; undefined restores a default. An unknown name is a TypeError. */
  set(faults: Faults): void;
  /** Sends a message as Tavus does. With an `event_type`, what is missing of the envelope is filled in. */
  emit(event: object): void;
  /** Ends the room: everybody is out, timers and media stop. */
  close(): void;
}

/** Where the call machine comes from, which the page and the library know differently. */
export interface Way {
  dailyConfig(): object;
  close(): void;
}

/** Makes a room at `url` (default: one that ends in the conversation's id) and enters it into the page's registry. */
export function openRoom(options: FakeRoomOptions, way: Way, at?: string): FakeRoom {
  const { clock = systemClock, speed = 1 } = options;
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`speed must be more than 0, not ${speed}.`);
  const conversationId = options.conversationId ?? `c${randomHex(8)}`;
  const { maxMessageLength, replica, faults = {} } = options;
  const room = new Room({
    clock,
    conversationId,
    seed: options.seed ?? 1,
    speed,
    faults: withFaults(noFaults, {
      ...(maxMessageLength !== undefined && { maxMessageLength }),
      ...(replica !== undefined && { replica }),
      ...faults,
    }),
    model: merge(defaultModel, defaultModel, options.model ?? {}, "choice of the model"),
    speech: options.speech,
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

  return {
    url,
    conversationId,
    get dailyConfig() {
      return way.dailyConfig();
    },
    transport: () => roomTransport(room, (element, blocked) => attach(element, media(), blocked)),
    participant({ onMessage, ...who } = {}) {
      const seat = room.join(who, (event) => {
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
      return room.replica.utterances
        .filter(({ kind }) => kind !== "greeting")
        .map((utterance) => heard(utterance, room.now));
    },
    set: (changes) => room.set(changes),
    emit: (event) => room.emit(event),
    close() {
      closed = true;
      rooms.delete(url);
      room.close();
      made?.close();
      way.close();
    },
  };
}

function attach(element: HTMLVideoElement, { audio, video }: ReplicaMedia, blocked: () => void): () => void {
  const stream = new MediaStream([video, audio]);
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

function heard(utterance: Utterance, now: number): HeardTurn {
  const { sampleRate, text } = utterance;
  const frames = utterance.heardFrames(now);
  // Copied when asked for: tests look at minutes of speech many times.
  let copy: Int16Array | undefined;
  const turn: HeardTurn = {
    id: utterance.sentId,
    eventId: utterance.eventId,
    seconds: frames / sampleRate,
    ...(utterance.kind === "text" && { text }),
    get pcm(): Int16Array {
      copy ??= utterance.slice(0, frames);
      return copy;
    },
    receivedFrames: utterance.receivedFrames,
    sampleRate,
    gaps: utterance.gaps,
    underrunFrames: utterance.underrunFrames,
    outcome: utterance.outcome ?? "cut",
    playing: utterance.outcome === undefined,
    get wav() {
      return wav(turn.pcm, sampleRate);
    },
  };
  return turn;
}

/** `crypto.randomUUID` exists on secure pages only, `getRandomValues` everywhere. */
const randomHex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
