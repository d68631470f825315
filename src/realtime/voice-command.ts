import type { VoiceSession } from "./voice-session.js";

/** Writes the session. */
export interface ConfigureCommand {
  type: "configure";
  /** True: the whole session, with defaults. False: only what changes. */
  first: boolean;
  /** What is asked for. */
  session: VoiceSession;
  /** The session as it is to be in all. Default: `session`. */
  whole?: VoiceSession | undefined;
  /** What the provider said of it: see `SessionEvent.described`. */
  described?: object | undefined;
  /** Instructions that the secret has fixed, "" when unknown. */
  fixedInstructions?: string | undefined;
  /** What was said in sessions before, for providers that take it with the session. The others get it as `remember`. */
  history?: readonly { role: "user" | "replica" | "context"; text: string }[] | undefined;
  /** What the model says first: only with `VoiceProtocol.greetingInSession`. "" when it has greeted before. */
  greeting?: string | undefined;
}

/** How much was heard of an item that was cut: the model must forget the rest. */
export interface HeardCommand {
  type: "heard";
  /** For errors. */
  id: string;
  /** The provider's id of the item. */
  itemId: string;
  /** Which part of the item. */
  contentIndex: number;
  /** Whole milliseconds of the item that were heard, at most what was received. 0: nothing, the item is to be forgotten. */
  heardMs: number;
  /** Milliseconds of the answer that were heard, all its items together. */
  answerMs: number;
}

/** What is asked of a provider. Turned into frames by `VoiceProtocol.build`. */
export type VoiceCommand =
  | ConfigureCommand
  | { type: "audio"; bytes: Uint8Array }
  /** The caller has spoken: what was heard is complete. */
  | { type: "commit" }
  /** The caller is about to speak: what was heard until now does not count. */
  | { type: "clear" }
  /** `instructions` are the session's, which those of a response replace. `requested`: a `commit` or `text` before it asks for it already, where the provider takes it so. */
  | {
      type: "respond";
      id: string;
      say?: string | undefined;
      instructions?: string | undefined;
      requested: boolean;
    }
  | { type: "cancel"; id: string; responseId: string }
  | HeardCommand
  | { type: "toolResult"; callId: string; name: string; output: string; failed: boolean }
  /** What was said in a connection before. `id`: to forget it by, where the provider lets the client choose one. */
  | { type: "remember"; id: string; role: "user" | "replica"; text: string }
  /** The caller typed something. `respond`: an answer is asked for next. */
  | { type: "text"; text: string; respond: boolean }
  /** Something the model should know, from nobody. */
  | { type: "context"; text: string }
  | { type: "keepAlive" };
