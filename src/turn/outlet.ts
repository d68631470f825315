import type { Message } from "../tavus/interaction.js";
import type { Readiness } from "../transport/presence.js";
import type { Transport } from "../transport/transport.js";
import type { Warning } from "../warning.js";

/** The way out, as turns see it. */
export interface Outlet {
  /** Whether messages can be sent now. */
  readonly readiness: Readiness;
  /** When `readiness` last changed. */
  readonly readinessSince: number;
  /** Characters that the room takes now. */
  readonly limit: number;
  /** As far as known. */
  readonly conversationId: string | undefined;
  /** As the transport's, where it has one. */
  readonly observeLevel?: Transport["observeLevel"];
  /** Sends, or throws an EchoError and has sent nothing. */
  transmit(message: Message): void;
  /** Something works on, but somebody should know. */
  warn(warning: Warning): void;
}
