import type { Clock } from "../flow/clock.js";
import {
  above,
  callable,
  checkOptions,
  count,
  filledText,
  finite,
  flag,
  members,
  type Rules,
  secondsOrNever,
  typed,
} from "./option-rules.js";
import { modelRules, type ReplicaModel } from "./replica/model.js";
import { type Faults, faultRules } from "./room/faults.js";

/** How the room is, from the start. Everything that can go wrong can be changed later with `room.set()`. */
export interface FakeRoomOptions {
  /** Characters of JSON that a message may have. Default 4096, as Daily's. */
  maxMessageLength?: number | undefined;
  /** `ready`: there already (default); `late`: comes `lateSeconds` after the first participant; `absent`: never comes. */
  replica?: "ready" | "late" | "absent" | undefined;
  /** How many times faster than the clock the replica plays. Default 1. Durations in events stay those of the audio. */
  speed?: number | undefined;
  /** Everything random repeats with its seed. Default 1. */
  seed?: number | undefined;
  /** What goes wrong from the start. */
  faults?: Faults | undefined;
  /** URL of `fake-room-machine.js` on the page's own origin, for pages whose CSP forbids blob: URLs and eval. */
  machineUrl?: string | URL | undefined;
  /** The persona's TTS for text echo: mono samples, piece by piece. Default: a babble of vowels, about 13 letters a second. */
  speech?: ((text: string) => AsyncIterable<{ samples: Float32Array; sampleRate: number }>) | undefined;
  /** The only source of time. Default: wall-clock time. */
  clock?: Clock | undefined;
  /** Default: "c" and 16 random hexadecimal digits, as Tavus' are. */
  conversationId?: string | undefined;
  /** Seconds that joining takes; Infinity: it never ends. Default 0. */
  joinSeconds?: number | undefined;
  /** Seconds after the first participant at which a late replica comes. Default 3. */
  lateSeconds?: number | undefined;
  /** Whether whoever joins needs a token of `room.meetingToken()`, as in a room made with `require_auth`. Default false. */
  requireAuth?: boolean | undefined;
  /** Whether the replica has a voice and no face, as in a conversation made with `audio_only`. Default false. */
  audioOnly?: boolean | undefined;
  /** The replica's user id. Default: `tavus-replica-` and a UUID; whatever else may be a replica that a client does not recognise. */
  replicaUserId?: string | undefined;
  /** What is likely or unknown about Tavus. */
  model?: ReplicaModel | undefined;
}

const optionRules: Rules<FakeRoomOptions> = {
  maxMessageLength: count(1),
  replica: faultRules.replica,
  speed: above(0),
  seed: finite,
  faults: members,
  machineUrl: typed(
    "a URL, or a string that is not empty",
    (value) => value instanceof URL || filledText.judge(value) === "fits",
  ),
  speech: callable,
  clock: typed("a clock, with now() and sleep()", (value) => {
    const { now, sleep } = (value ?? {}) as Partial<Record<keyof Clock, unknown>>;
    return typeof now === "function" && typeof sleep === "function";
  }),
  conversationId: filledText,
  joinSeconds: secondsOrNever,
  lateSeconds: secondsOrNever,
  requireAuth: flag,
  audioOnly: flag,
  replicaUserId: filledText,
  model: members,
};

/** Throws TypeError or RangeError for what `maker` does not take: `createFakeRoom()`, or another that has the same options. */
export function checkRoomOptions(maker: string, options: unknown): asserts options is FakeRoomOptions {
  checkOptions(`option of ${maker}`, optionRules, options, (name) => {
    if (Object.hasOwn(faultRules, name)) return ` It is a fault: faults: { ${name} }.`;
    if (Object.hasOwn(modelRules, name)) return ` It belongs to the model: model: { ${name} }.`;
    return undefined;
  });
}

/** One `inference_id` as the replica heard it. */
export interface HeardTurn {
  /** The `inference_id` as it was sent; a made one when the message carried none. */
  id: string;
  /** The id that the replica's events carry for it. */
  eventId: string;
  /** Seconds heard: `pcm.length / sampleRate`. */
  seconds: number;
  /** What a text echo said; missing for audio. */
  text?: string;
  /** The samples that were heard, bit for bit, without the silence of gaps. An interruption cuts it where it was heard. The caller's own; not enumerable. */
  readonly pcm: Int16Array;
  /** Samples that arrived, heard or not. */
  receivedFrames: number;
  /** Hz of `pcm`. */
  sampleRate: number;
  /** Times that the sound broke off because the next samples were late. */
  gaps: number;
  /** Samples of silence in those gaps. */
  underrunFrames: number;
  /** `cut`: it ended, or stands at this moment, without a `done`, or the replica left in the middle of it. */
  outcome: "spoken" | "interrupted" | "cut";
  /** Whether it is still being received or heard. */
  playing: boolean;
  /** `pcm` as a WAV file; not enumerable. */
  readonly wav: Uint8Array<ArrayBuffer>;
}
