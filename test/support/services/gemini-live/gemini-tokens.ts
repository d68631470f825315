import type { ServiceClock } from "../service-clock.js";

/** What is asked of a token. */
export interface GeminiTokenOptions {
  /** Seconds until messages are rejected. Default 1800 [C]. */
  expiresIn?: number;
  /** Seconds within which a session has to start. Default 60 [C]. */
  startWithin?: number;
  /** Sessions that it starts; 0: any number. Default 1; resuming one does not count [C]. */
  uses?: number;
  /** Fields of the setup that it fixes. */
  constraints?: Record<string, unknown>;
}

interface Token {
  until: number;
  startBy: number;
  left: number;
  constraints: Record<string, unknown>;
}

/** The ephemeral tokens of a server. */
export class GeminiTokens {
  readonly #clock: ServiceClock;
  readonly #tokens = new Map<string, Token>();

  constructor(clock: ServiceClock) {
    this.#clock = clock;
  }

  /** Makes one; its name is the secret. */
  make({ expiresIn = 1800, startWithin = 60, uses = 1, constraints = {} }: GeminiTokenOptions = {}): string {
    const name = `auth_tokens/${(this.#tokens.size + 1).toString(36).padStart(4, "0")}e9Kw`;
    const now = this.#clock.now();
    const left = uses === 0 ? Number.POSITIVE_INFINITY : uses;
    this.#tokens.set(name, { until: now + expiresIn, startBy: now + startWithin, left, constraints });
    return name;
  }

  /** Why a session may not start with it, or the fields that it fixes. */
  start(name: string, resumes: boolean): { refusal: string } | { constraints: Record<string, unknown> } {
    const token = this.#tokens.get(name);
    if (!token) return { refusal: "The token is unknown." };
    if (this.#clock.now() >= token.until) return { refusal: "The token has expired." };
    if (resumes) return { constraints: token.constraints };
    if (this.#clock.now() >= token.startBy) return { refusal: "The token's time to start a session is over." };
    if (token.left <= 0) return { refusal: "The token was used already." };
    token.left--;
    return { constraints: token.constraints };
  }

  /** Seconds until messages with it are rejected. */
  secondsLeft(name: string): number {
    return (this.#tokens.get(name)?.until ?? Number.POSITIVE_INFINITY) - this.#clock.now();
  }
}
