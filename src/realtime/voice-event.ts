import type { RealtimeErrorCode } from "./realtime-error.js";
import type { VoiceFormat, VoiceFormats, WireFormat } from "./voice-session.js";

/** A tool call as it arrives: `arguments` is text that should be JSON. */
export interface VoiceToolCall {
  /** The provider's id of the call. */
  callId: string;
  /** Name of the function. */
  name: string;
  /** JSON text, unchecked. */
  arguments: string;
}

/** How a response ended. */
export type ResponseStatus = "completed" | "cancelled" | "failed" | "incomplete";

/** What a provider says went wrong. */
export interface VoiceFault {
  /** Ours. */
  code: RealtimeErrorCode;
  /** The provider's, where it gave one. */
  providerCode?: string | undefined;
  /** The provider's words. */
  message: string;
}

/** The session exists, or was changed. */
export interface SessionEvent {
  type: "session";
  /** False: the provider describes the session before it was written. */
  updated: boolean;
  /** The dialect that the provider speaks. */
  dialect: string;
  /** Whether the provider cancels a response when the caller speaks. */
  interruptsItself: boolean;
  /** Whether it answers by itself when the caller has spoken. Default: true. */
  answersItself?: boolean | undefined;
  /** Whether it finds out by itself that the caller speaks. Default: true. */
  detectsTurns?: boolean | undefined;
  /** The session's instructions; "" when unknown. */
  instructions: string;
  /** The provider's own description: handed to `build` with `configure`, so that no default replaces what a secret has fixed. */
  described?: object | undefined;
  /** The formats that the provider uses, where it names them. */
  formats?: Partial<VoiceFormats<VoiceFormat | WireFormat>> | undefined;
  /** Seconds until the session ends, where the provider names it. */
  endsInSeconds?: number | undefined;
}

/** What a provider's message means. Hostile until parsed. */
export type VoiceEvent =
  | SessionEvent
  /** The caller begins to speak. `itemId`: of what is about to be said. */
  | { type: "speechStarted"; itemId: string }
  | { type: "speechStopped" }
  /** The provider ended its answer because of the caller, and reports neither the start nor the end of the speech. */
  | { type: "interrupted" }
  | { type: "responseStarted"; responseId: string }
  /** A message of the model begins: what is never heard of it has to leave the model's memory. */
  | { type: "itemStarted"; responseId: string; itemId: string }
  /** The provider has an item that the client made; `callId` of the tool's result that it is. */
  | { type: "itemAdded"; callId: string }
  /** `bytes` may end in the middle of a sample. `format` where it is not the session's. */
  | {
      type: "audio";
      responseId: string;
      itemId: string;
      contentIndex: number;
      bytes: Uint8Array;
      format?: WireFormat | undefined;
    }
  /** No more audio of this response will arrive, though it is not over. */
  | { type: "audioDone"; responseId: string }
  /** `text` is a piece to append when `final` is false, else the whole. `whole`: not final, and still the whole so far. */
  | {
      type: "transcript";
      role: "user" | "replica";
      itemId: string;
      text: string;
      final: boolean;
      whole?: boolean | undefined;
      /** The provider already cut it to what was heard. */
      heard?: boolean | undefined;
    }
  /** An answer in text. Read as a transcript is; `replica.say()` may speak it. */
  | { type: "text"; responseId: string; itemId: string; text: string; final: boolean }
  /** Acted on when its response is complete: a cancelled one leaves half a call. `now`: complete, and the model goes on by itself. */
  | { type: "toolCall"; responseId: string; call: VoiceToolCall; now?: boolean | undefined }
  /** The provider does not want these results any more. */
  | { type: "toolCancelled"; callIds: readonly string[] }
  | {
      type: "responseDone";
      responseId: string;
      status: ResponseStatus;
      calls: readonly VoiceToolCall[];
      fault?: VoiceFault | undefined;
    }
  | { type: "limits"; retryAfterSeconds: number | undefined }
  /** The session will end. */
  | { type: "ending"; inSeconds: number }
  /** A frame that the protocol itself has to send back, such as a pong. */
  | { type: "reply"; frame: object }
  /** `commandId` is that of the command it answers. `benign`: the command came too late to matter. `option`: the setting it refuses. */
  | {
      type: "fault";
      fault: VoiceFault;
      commandId: string | undefined;
      busy: boolean;
      benign: boolean;
      option?: string | undefined;
    }
  | { type: "malformed"; reason: string };
