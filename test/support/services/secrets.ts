import type { ServiceClock } from "./service-clock.js";

/** What is asked of a secret that is made. */
export interface SecretOptions {
  /** Seconds until it expires. Default: never. */
  expiresIn?: number;
  /** How many connections it opens. Default: any number. */
  uses?: number;
}

/** Why a secret opens nothing. */
export type Refusal = "missing" | "unknown" | "expired" | "used";

/** The secrets that a server accepts. Who makes one gets a text that has never been one before. */
export class Secrets {
  readonly #clock: ServiceClock;
  readonly #prefix: string;
  readonly #known = new Map<string, { until: number; left: number }>();
  #made = 0;

  constructor(clock: ServiceClock, prefix: string) {
    this.#clock = clock;
    this.#prefix = prefix;
  }

  /** Makes a secret. */
  make({ expiresIn = Number.POSITIVE_INFINITY, uses = Number.POSITIVE_INFINITY }: SecretOptions = {}): string {
    const secret = `${this.#prefix}${(++this.#made).toString(36).padStart(4, "0")}q8Zt`;
    this.#known.set(secret, { until: this.#clock.now() + expiresIn, left: uses });
    return secret;
  }

  /** Why a secret opens nothing, or undefined after it was counted as used once. */
  use(secret: string | undefined): Refusal | undefined {
    if (!secret) return "missing";
    const known = this.#known.get(secret);
    if (!known) return "unknown";
    if (this.#clock.now() >= known.until) return "expired";
    if (known.left <= 0) return "used";
    known.left--;
    return undefined;
  }

  /** Whether it would open something now. */
  opens(secret: string): boolean {
    const known = this.#known.get(secret);
    return known !== undefined && this.#clock.now() < known.until && known.left > 0;
  }
}
