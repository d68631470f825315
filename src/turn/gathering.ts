import type { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { asEchoError } from "./failure.js";

/** The reading half of a payload: takes values from an input as long as there is room, and knows when it ended and why. */
export abstract class Gathering<T> {
  /** Called when input came, ended or broke off. The turn that says the payload sets it. */
  changed: () => void = () => {};
  /** No more will come. */
  ended = false;
  /** Why it ended early. */
  failure: EchoError | undefined;
  /** Since when the input has been waited for; undefined while it is not. */
  waitingSince: number | undefined;
  /** The injected time. */
  protected readonly clock: Clock;
  /** It was asked to gather. */
  protected opened = false;
  #proceed: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Opens the input; returns what gives its next value. */
  protected abstract input(): Promise<() => PromiseLike<IteratorResult<T>> | IteratorResult<T>>;
  /** Whether reading waits for room: back-pressure. */
  protected abstract readonly full: boolean;
  /** Keeps a value; throws when it is none. */
  protected abstract take(value: T): void;

  /** Begins to gather. Idempotent. */
  open(): void {
    if (this.opened || this.ended) return;
    this.opened = true;
    void this.#read();
  }

  /** There may be room again. */
  protected proceed(): void {
    this.#proceed?.();
  }

  /** No more will come; `error`: it broke off. */
  protected finish(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.waitingSince = undefined;
    if (error !== undefined) this.failure = asEchoError(error, "source-failed", "The source broke off");
    this.proceed();
    this.changed();
  }

  async #read(): Promise<void> {
    try {
      this.waitingSince = this.clock.now();
      const next = await this.input();
      while (!this.ended) {
        if (this.full) {
          this.waitingSince = undefined;
          await new Promise<void>((resolve) => {
            this.#proceed = resolve;
          });
          continue;
        }
        this.waitingSince = this.clock.now();
        const { done, value } = await next();
        if (done || this.ended) break;
        this.take(value);
        this.changed();
      }
      this.finish();
    } catch (error) {
      // What was dropped may break: nobody waits for it.
      this.finish(error);
    }
  }
}
