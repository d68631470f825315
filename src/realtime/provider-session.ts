import type { Clock } from "../flow/clock.js";
import type { VoiceProtocol } from "./protocol.js";
import type { SessionEvent } from "./voice-event.js";
import { type VoiceFormats, type VoiceSession, type WireFormat, wireFormat } from "./voice-session.js";

/** What a provider says of its session. */
export class ProviderSession {
  /** The dialect that the provider speaks. */
  dialect: string;
  /** The formats of the two directions. Known when the session is. */
  formats: VoiceFormats<WireFormat>;
  /** What the provider said last; empty before it said anything. */
  described: Readonly<Partial<SessionEvent>> = {};
  /** The session's instructions before it was written, which its secret may have fixed on the server; "" when unknown. */
  fixedInstructions = "";
  /** When the provider ends the session, on the clock; undefined when unknown. */
  endsAt: number | undefined;
  /** Whether the provider has announced that it is about to end it. */
  leaving = false;
  readonly #clock: Clock;

  /** What can be known of a session that is only asked for. */
  constructor(protocol: VoiceProtocol, asked: VoiceSession, clock: Clock) {
    const { input, output } = protocol.formats(asked);
    this.#clock = clock;
    this.dialect = protocol.dialect;
    this.formats = { input: wireFormat(input), output: wireFormat(output) };
  }

  /** The provider describes its session. */
  describe(event: SessionEvent): void {
    this.dialect = event.dialect;
    this.described = event;
    if (!event.updated) this.fixedInstructions = event.instructions;
    const { input = this.formats.input, output = this.formats.output } = event.formats ?? {};
    this.formats = { input: wireFormat(input), output: wireFormat(output) };
    if (event.endsInSeconds !== undefined) this.endIn(event.endsInSeconds);
  }

  /** The session ends in so many seconds. */
  endIn(seconds: number): void {
    this.endsAt = this.#clock.now() + seconds;
  }
}
