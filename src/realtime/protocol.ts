import type { VoiceCommand } from "./voice-command.js";
import type { VoiceEvent, VoiceFault } from "./voice-event.js";
import type { VoiceFormat, VoiceFormats, VoiceSession, WireFormat } from "./voice-session.js";

export type { VoiceCommand } from "./voice-command.js";
export type { ResponseStatus, VoiceEvent, VoiceFault, VoiceToolCall } from "./voice-event.js";
export type { VoiceFormat, VoiceFormats, VoiceSession, VoiceTool, WireFormat } from "./voice-session.js";

/** What a command becomes: bytes leave as a binary frame, any other object as JSON text. */
export type VoiceFrame = object;

/** The part of a protocol that may keep state, such as counters where a provider gives no ids. One per connection. */
export interface VoiceConnection {
  /**
   * Reads a frame: text, or the bytes of a binary one.
   * @returns What it means; nothing for what is of no interest. Total: any value is taken, none throws.
   */
  parse(frame: unknown): readonly VoiceEvent[];
  /**
   * Writes a command.
   * @returns The frames to send, in order. Empty: nothing needs to be sent. Undefined: this provider has no such command.
   */
  build(command: VoiceCommand, dialect: string): VoiceFrame | readonly VoiceFrame[] | undefined;
  /** Seconds without a frame to the provider after which `keepAlive` is sent. Default: never. */
  readonly keepAliveSeconds?: number | undefined;
  /** What a later connection can go on with: the provider's name for its memory of this one. */
  readonly handle?: string | undefined;
  /** Whether this connection goes on with the provider's memory of the one before, so that it need not be reminded. */
  readonly resumes?: boolean | undefined;
  /** Overrides {@link VoiceProtocol.closed} by what this connection knows. */
  closed?(code: number, reason: string): VoiceEnd;
}

/** What the end of a connection means. */
export interface VoiceEnd {
  /** What to report. */
  fault: VoiceFault;
  /** Whether another connection can help. */
  again: boolean;
}

/** One provider's language. Another provider is another object of this shape. */
export interface VoiceProtocol extends Pick<VoiceConnection, "keepAliveSeconds"> {
  /** Name for messages. */
  readonly name: string;
  /** The address to open when the app names none. */
  readonly defaultUrl: string;
  /** The dialect that is spoken until a session event names another. */
  readonly dialect: string;
  /** True: the session is written as soon as the socket is open. Default: after the provider's first message, or 2 s. */
  readonly clientSpeaksFirst?: boolean | undefined;
  /** True: the greeting is a setting of the session (`configure.greeting`). Default: the model is asked to say it. */
  readonly greetingInSession?: boolean | undefined;
  /** Seconds without audio after which an answer is complete, for providers that do not say so. */
  readonly answerGapSeconds?: number | undefined;
  /** The provider's longest session in seconds, where it does not say when it ends. */
  readonly sessionSeconds?: number | undefined;
  /**
   * The address and the subprotocols for a socket. The secret goes into either, and is kept out of errors.
   * @param url - The app's own, else {@link VoiceProtocol.defaultUrl}.
   * @param state - What this protocol's `connection` made for the socket.
   */
  connect(
    url: string,
    session: VoiceSession,
    secret: string,
    state?: VoiceConnection,
  ): { url: string; protocols: string[] };
  /** Makes the state of one connection. Default: the protocol's own `parse` and `build`, which keep none. */
  connection?(session: VoiceSession, previous: VoiceConnection | undefined): VoiceConnection;
  /** See {@link VoiceConnection.parse}. */
  parse(frame: unknown): readonly VoiceEvent[];
  /** See {@link VoiceConnection.build}. */
  build(command: VoiceCommand, dialect: string): VoiceFrame | readonly VoiceFrame[] | undefined;
  /** The formats that a session asks for, whichever way it names them. A session event may name others. */
  formats(session: VoiceSession): VoiceFormats<VoiceFormat | WireFormat>;
  /** Whether a session asks the provider to cancel its answer itself when the caller speaks. */
  interruptsItself(session: VoiceSession): boolean;
  /** Whether a session asks the provider to answer by itself when the caller has spoken. Default: yes. */
  answersItself?(session: VoiceSession): boolean;
  /** Whether a session asks the provider to find out by itself that the caller speaks. Default: yes. */
  detectsTurns?(session: VoiceSession): boolean;
  /** Whether a secret is an account's key, which must not be in a page. */
  isAccountKey?(secret: string): boolean;
  /**
   * Names of settings that this dialect has not, and that `build` leaves out.
   * @param first - False: names that cannot change in an open session count too.
   */
  unsupported(session: VoiceSession, dialect: string, first: boolean): readonly string[];
  /** What the end of the connection means. */
  closed(code: number, reason: string): VoiceEnd;
}
