import type { Clock } from "../flow/clock.js";
import type { VoiceConnection, VoiceProtocol } from "./protocol.js";
import type { RealtimeError } from "./realtime-error.js";
import type { ConfigureCommand } from "./voice-command.js";
import type { VoiceEvent } from "./voice-event.js";
import type { VoiceSession } from "./voice-session.js";

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly protocol: VoiceProtocol;
  /** What the protocol keeps of this connection. */
  readonly state: VoiceConnection;
  /** The session as asked for. Settings that the provider refuses are left out. */
  session: VoiceSession;
  readonly greeting: string | undefined;
  /** What was said in sessions before. */
  readonly history: ConfigureCommand["history"];
  readonly clock: Clock;
  /** Takes the secret out of what a provider says. */
  hide(text: string): string;
  /** The socket opened. */
  onOpened(): void;
  /** Every frame as it arrived. */
  onFrame(frame: unknown): void;
  /** Every event, from the first on. */
  onEvent(event: VoiceEvent): void;
  /** The provider announced that it is about to end the session. */
  onEnding(): void;
  /** A setting was refused, and left out. */
  onRefused(option: string, message: string): void;
  /** Once, after the session was there: the connection is gone, and not because of `close()`. */
  onLost(error: RealtimeError, again: boolean): void;
}
