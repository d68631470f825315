import type { Call } from "./call.js";

/** What daily-js takes until it has been told otherwise [certain]. */
const defaultCharacters = 4096;
/** Longer messages are never sent, whatever the client takes: each one goes to everybody in the room. */
export const mostCharacters = 65_536;
/** Room for a message's envelope. */
const envelopeCharacters = 300;

const whole = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;

/** How long a message the client takes: its own value, else what the room says, else what a refusal of real audio names. */
export class MessageRoom {
  readonly #call: Call;
  /** The room's hint; undefined while it has none. */
  hint: number | undefined;
  /** From a refusal. */
  refusal: number | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** The very number that the client's check uses. Not part of its documented interface, so it may be missing. */
  get own(): number | undefined {
    return whole(Reflect.get(this.#call, "_maxAppMessageSize"));
  }

  /** Characters that a message may have, as far as known. */
  get characters(): number {
    return this.refusal ?? this.own ?? this.hint ?? defaultCharacters;
  }

  /** Most samples that one message takes: a multiple of 6 bytes, so that base64 needs no padding. */
  get chunkFrames(): number {
    const base64Characters = Math.min(this.characters, mostCharacters) - envelopeCharacters;
    return Math.max(3, Math.floor(base64Characters / 8) * 3);
  }

  /** Asks the room for its hint. */
  async ask(): Promise<void> {
    const info = (await this.#call.room()) as { domainConfig?: { max_app_message_size?: unknown } } | null;
    this.hint = whole(info?.domainConfig?.max_app_message_size);
  }

  /** Sends; a refusal that names a limit is remembered, and thrown. */
  send(message: object, to = "*"): void {
    try {
      this.#call.sendAppMessage(message, to);
    } catch (error) {
      this.refusal = whole(Number(/Max size is (\d+)/.exec(String(error))?.[1])) ?? this.refusal;
      throw error;
    }
  }
}
