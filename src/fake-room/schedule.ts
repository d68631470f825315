import { report } from "../emitter.js";
import type { Clock } from "../flow/clock.js";

interface Task {
  at: number;
  order: number;
  run(): void;
}

/** Runs tasks in the order of their time, then of their call, however late the clock wakes up. */
export class Schedule {
  readonly #clock: Clock;
  #tasks: Task[] = [];
  #order = 0;
  #running = false;
  #closed = false;
  #interrupt = new AbortController();

  /** `clock` is the only source of time. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `run` at `time` (seconds of the clock; Infinity is never), never before `at` returns. The returned function calls it off. */
  at(time: number, run: () => void): () => void {
    const task: Task = { at: time, order: this.#order++, run };
    if (this.#closed || time === Number.POSITIVE_INFINITY) return () => {};
    let index = this.#tasks.length;
    while (index > 0 && (this.#tasks[index - 1] as Task).at > time) index--;
    this.#tasks.splice(index, 0, task);
    if (!this.#running) void this.#loop();
    else if (index === 0) this.#interrupt.abort();
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
      // So that a clock is not kept waiting for nothing.
      if (this.#tasks.length === 0) this.#interrupt.abort();
    };
  }

  /** Runs `run` after `seconds`. */
  after(seconds: number, run: () => void): () => void {
    return this.at(this.#clock.now() + Math.max(0, seconds), run);
  }

  /** Drops all tasks, and those to come. */
  close(): void {
    this.#closed = true;
    this.#tasks = [];
    this.#interrupt.abort();
  }

  async #loop(): Promise<void> {
    this.#running = true;
    await Promise.resolve();
    for (let next = this.#tasks[0]; next; next = this.#tasks[0]) {
      const wait = next.at - this.#clock.now();
      if (wait > 0) {
        this.#interrupt = new AbortController();
        // Platform timers take no more than 2^31 ms.
        await this.#clock.sleep(Math.min(wait, 86_400), this.#interrupt.signal);
        continue;
      }
      this.#tasks.shift();
      try {
        next.run();
      } catch (error) {
        report(error);
      }
    }
    this.#running = false;
  }
}
