import type { Clock } from "../flow/clock.js";
import type { History } from "./history.js";
import type { VoiceProtocol } from "./protocol.js";
import type { RealtimeError } from "./realtime-error.js";
import type { RealtimeVoiceEvents, RealtimeVoiceOptions, RealtimeVoiceState } from "./voice-options.js";
import type { VoiceRun } from "./voice-run.js";
import type { VoiceSession } from "./voice-session.js";
import type { VoiceSocketConstructor } from "./voice-socket.js";

/** What a run has of its voice. */
export interface RunHost {
  readonly options: RealtimeVoiceOptions;
  readonly socket: VoiceSocketConstructor;
  readonly protocol: VoiceProtocol;
  readonly clock: Clock;
  readonly history: History;
  /** The session as it is to be now. */
  settings(): VoiceSession;
  state(run: VoiceRun, state: RealtimeVoiceState): void;
  emit<K extends keyof RealtimeVoiceEvents>(type: K, event: RealtimeVoiceEvents[K]): boolean;
  /** A frame of the provider, for who listens. */
  raw(frame: unknown): void;
  /** `failsTurn`: a turn fails with it too, and the replica reports that. */
  report(error: RealtimeError, failsTurn?: boolean): void;
  /** Tells listeners of a turn that failed; whether somebody knows. */
  turnFailed(error: unknown): boolean;
}
