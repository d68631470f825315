import type { Clock } from "../../src/flow/clock.js";
import type { VoiceReplica, VoiceTurn } from "../../src/realtime/index.js";
import type { Source } from "../../src/source/source.js";
import { audio } from "./open-source.js";

/** A turn of the scripted replica, and what it played. */
export interface ScriptedTurn extends VoiceTurn {
  state: string;
  readonly pcm: number[];
  failure?: unknown;
  /** How it settled. */
  settled?: { type: string; heardSeconds: number };
  settle(type: string, error?: unknown): void;
}

/** The smallest replica a voice can have: reads a turn's source at once, plays it on the clock, one turn after the other. */
export class ScriptedReplica implements VoiceReplica {
  readonly turns: ScriptedTurn[] = [];
  /** When it was interrupted. */
  readonly interrupts: number[] = [];
  readonly #clock: Clock;
  readonly #sampleRate: number;
  readonly #listeners = { speaking: new Set<() => void>(), silent: new Set<() => void>() };
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, sampleRate = 24_000) {
    this.#clock = clock;
    this.#sampleRate = sampleRate;
  }

  get listeners(): number {
    return this.#listeners.speaking.size + this.#listeners.silent.size;
  }

  on(type: "speaking" | "silent", listener: () => void, { signal }: { signal: AbortSignal }): () => void {
    const off = (): void => void this.#listeners[type].delete(listener);
    this.#listeners[type].add(listener);
    signal.addEventListener("abort", off);
    return off;
  }

  interrupt(): void {
    this.interrupts.push(this.#clock.now());
    for (const turn of this.turns) turn.interrupt();
  }

  speak(source: Source): ScriptedTurn {
    const clock = this.#clock;
    const sampleRate = this.#sampleRate;
    const stop = new AbortController();
    let started: number | undefined;
    let heard = 0;
    let settle: (outcome: { type: string; heardSeconds: number; error?: unknown }) => void = () => {};
    const outcome = new Promise<{ type: string; heardSeconds: number; error?: unknown }>(
      (resolve) => (settle = resolve),
    );
    const turn: ScriptedTurn = {
      state: "queued",
      pcm: [],
      outcome,
      get position() {
        const elapsed = started === undefined ? 0 : clock.now() - started;
        return { seconds: turn.state === "settled" ? heard : Math.min(elapsed, turn.pcm.length / sampleRate) };
      },
      interrupt: () => turn.settle("interrupted"),
      settle: (type, error) => {
        if (turn.state === "settled") return;
        heard = turn.position.seconds;
        turn.state = "settled";
        stop.abort();
        if (started !== undefined) for (const listener of this.#listeners.silent) listener();
        turn.settled = { type, heardSeconds: heard };
        settle({ type, heardSeconds: heard, ...(error !== undefined && { error }) });
      },
    };
    this.turns.push(turn);
    const before = this.#last;
    this.#last = (async () => {
      await before;
      if (turn.state === "settled") return;
      const { signal } = stop;
      const request = { sampleRate, chunkFrames: 1440, audio, ended: new AbortController().signal, signal };
      const reader = (await source.open(request)).getReader();
      signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done || signal.aborted) break;
          if (started === undefined) {
            started = clock.now();
            turn.state = "speaking";
            for (const listener of this.#listeners.speaking) listener();
          }
          for (const sample of value) turn.pcm.push(sample);
        }
      } catch (error) {
        turn.failure = error;
      }
      if (started !== undefined) await clock.sleep(started + turn.pcm.length / sampleRate - clock.now(), signal);
      turn.settle(turn.failure === undefined ? "spoken" : "failed", turn.failure);
    })();
    return turn;
  }
}
