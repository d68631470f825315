import type { Clock } from "../flow/clock.js";
import type { History } from "./history.js";
import type { Interruption } from "./interruption.js";
import type { RealtimeError } from "./realtime-error.js";
import type { ToolCall } from "./tool-calls.js";
import type { Transcript } from "./transcripts.js";
import type { VoiceCommand } from "./voice-command.js";
import type { VoiceReplica } from "./voice-replica.js";
import type { WireFormat } from "./voice-session.js";

/** What a conversation needs around it. */
export interface ConversationHost {
  readonly replica: VoiceReplica;
  readonly clock: Clock;
  readonly history: History;
  readonly provider: string;
  /** Whether the caller may interrupt by speaking. */
  readonly bargeIn: boolean;
  /** Whether the replica says answers in text. */
  readonly sayText: boolean;
  /** Seconds without audio that end an answer; undefined where the provider says when it ends. */
  readonly answerGapSeconds: number | undefined;
  /** Aborts when the connection is over. */
  readonly over: AbortSignal;
  /** The format of the answers. */
  format(): WireFormat;
  /** Whether the replica is heard now, with whatever. */
  replicaSpeaks(): boolean;
  /** Whether the provider cancels its answer itself when the caller speaks. */
  interruptsItself(): boolean;
  /** Whether it answers by itself when the caller has spoken. */
  answersItself(): boolean;
  instructions(): string | undefined;
  /** Sends to the provider; false when it has no such command or the connection is gone. */
  send(command: VoiceCommand): boolean;
  transcript(transcript: Transcript): void;
  toolCall(call: ToolCall): boolean;
  /** The caller's voice interrupted the replica. */
  interruption(interruption: Interruption): void;
  /** `failsTurn`: a turn of the replica fails with it, so that the replica reports it where nobody listens here. */
  report(error: RealtimeError, failsTurn?: boolean): void;
  /** A turn failed and nobody listens to the replica. Returns whether somebody was told here. */
  turnFailed(error: unknown): boolean;
}
