import type { EchoError } from "../errors.js";
import type { Address, Message } from "../tavus/interaction.js";

/** What a turn says: samples or text. It gives messages one at a time, cut to the limit of the moment. */
export interface Payload {
  /** Live payloads begin to gather as soon as the turn exists. */
  readonly live: boolean;
  /** Seconds gathered and not yet sent. */
  readonly queuedSeconds: number;
  /** No more will come, though not all may have been sent. */
  readonly ended: boolean;
  /** No more will come, and all of it was sent. */
  readonly finished: boolean;
  /** Nothing was sent and nothing can be any more. */
  readonly empty: boolean;
  /** Why it ended early; what it gave until then is still said. */
  readonly failure: EchoError | undefined;
  /** Since when the source has been waited for; undefined while it is not. */
  readonly waitingSince: number | undefined;
  /** The user may be asked for a permission: a wait that is nobody's fault. */
  readonly asking: boolean;
  /** The backlog is full: more would come than can be kept. */
  readonly overflowing: boolean;
  /** Whether `seconds` are exact. For text they are estimates. */
  readonly exact: boolean;
  /** Begins to gather. Idempotent. */
  open(): void;
  /** No more input: what is underway is still gathered. */
  end(): void;
  /**
   * The next message for a room that takes `limit` characters, or the seconds until looking again makes sense. Nothing is
   * removed until {@link Piece.commit}. Throws an EchoError `message-too-long` when the limit has no room for anything.
   */
  next(address: Address, limit: number, leadSeconds: number, now: number): Piece | number;
  /** Seconds of audio that fit into one message of `limit` characters; Infinity where audio is no measure. */
  capacitySeconds(address: Address, limit: number): number;
  /** A very short message that keeps the id alive while the source pauses; undefined when there is nothing to spare. */
  keepAlive(address: Address): Piece | undefined;
  /**
   * The shortest message that closes the id with `done: true` and real content; undefined when nothing is left. Unless
   * `kept`, what it carries counts as said; else it is said again, because the id may take nothing more.
   */
  closing(address: Address, kept?: boolean): Piece | undefined;
  /** What comes after `seconds` of the turn is to be sent again. Returns the seconds that it begins at. */
  rewind(seconds: number): number;
  /** `seconds` of the turn have been heard and need not be kept for a resume. */
  heard(seconds: number): void;
  /** Stops gathering, keeps what was not heard after `heardSeconds` and puts it in front again. */
  pause(heardSeconds: number): void;
  /** A new turn takes the paused payload over, and `changed` with it. */
  resume(): void;
  /** Drops everything and releases the source. */
  cancel(): void;
  /** Hz of the samples, where it has any. */
  readonly sampleRate?: number;
  /** The samples from one time of the turn to another, in seconds, as far as they were sent and are kept. Not to be changed. */
  sentSamples?(from: number, to: number): Int16Array;
  /** Called when input came, ended or broke off. Whoever says the payload sets it. */
  changed: () => void;
  /** Whether a new turn can say the rest; the reason where not. */
  readonly resumable: true | string;
}

/** One message, not yet sent. */
export interface Piece {
  /** Builds the message as it goes out. */
  message(): Message;
  /** Seconds of audio inside; for text an estimate. */
  readonly seconds: number;
  /** Seconds of the turn that have been sent when this piece has left. */
  readonly until: number;
  /** It carries `done: true`. */
  readonly last: boolean;
  /** It was sent: removes it from what is to be said. */
  commit(): void;
}
