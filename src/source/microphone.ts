import { Emitter } from "../emitter.js";
import { abortable } from "../flow/abortable.js";
import { either } from "./either.js";
import type { MicrophoneOptions } from "./microphone-line.js";
import { closedMicrophone, MicrophoneSession } from "./microphone-session.js";
import type { AudioSetup, OpenRequest, Source } from "./source.js";

/** What a microphone tells while it is open. */
export interface MicrophoneEvents {
  /** RMS, 0 to 1, about 16 times a second. */
  level: number;
  /** Somebody began to speak. */
  speechstart: undefined;
  /** And ceased to. */
  speechend: undefined;
}

/** A microphone as a source. Prepared, it stays open between turns; unprepared, it is opened and released by each turn. */
export interface Microphone extends Source {
  /** Asks for the permission, opens the device and keeps it open until `close()`. Idempotent; after a failure it tries again. */
  prepare(audio?: AudioSetup): Promise<void>;
  /** Ends the turn that listens, which gets what was captured, and releases the device. It can be prepared again. */
  close(): Promise<void>;
  /** Calls `listener` until the returned undo is called or the signal aborts. */
  on<K extends keyof MicrophoneEvents>(
    type: K,
    listener: (event: MicrophoneEvents[K]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void;
}

/**
 * The user's microphone. Nothing is asked for before `prepare()`, `replica.prepare()` or the first turn.
 *
 * Prepared, it stays open between turns: no second prompt, no lost first syllable, and `preRollSeconds` of what was said
 * before (never again what an earlier turn took). Unprepared, each turn opens and releases it. It survives unplugging (it goes on with the default device, else
 * the turn fails with `microphone-lost` after what was captured), and another default device; a switch is told as the
 * warning `microphone-switched`.
 *
 * Throws RangeError for a `preRollSeconds` out of range.
 */
export function microphone(options: MicrophoneOptions = {}): Microphone {
  const { preRollSeconds = 0 } = options;
  if (typeof preRollSeconds !== "number" || !(preRollSeconds >= 0 && preRollSeconds <= 10))
    throw new RangeError(`preRollSeconds must be 0 to 10, not ${preRollSeconds}.`);
  return new UserMicrophone({ ...options, preRollSeconds });
}

/** What `microphone()` makes. Internal: `utterances()` needs its session. */
export class UserMicrophone implements Microphone {
  /** See {@link Source.live}. */
  readonly live = true;
  readonly #options: MicrophoneOptions;
  readonly #events = new Emitter<MicrophoneEvents>();
  #prepared: Promise<MicrophoneSession> | undefined;
  /** What is being opened, and what is open. */
  readonly #openings = new Set<AbortController>();
  readonly #sessions = new Set<MicrophoneSession>();

  constructor(options: MicrophoneOptions) {
    this.#options = options;
  }

  /** See {@link Microphone.prepare}. */
  async prepare(audio?: AudioSetup): Promise<void> {
    await this.session(audio);
  }

  /** The session that stays open between turns; opened where it is not. */
  session(audio?: AudioSetup): Promise<MicrophoneSession> {
    if (!this.#prepared) {
      const prepared = this.#open(audio);
      this.#prepared = prepared;
      const forget = (): void => {
        if (this.#prepared === prepared) this.#prepared = undefined;
      };
      prepared.then(({ over }) => {
        if (over.aborted) forget();
        over.addEventListener("abort", forget);
      }, forget);
    }
    return this.#prepared;
  }

  /** See {@link Source.open}. */
  async open(request: OpenRequest): Promise<ReadableStream<Int16Array>> {
    const prepared = this.#prepared && (await abortable(this.#prepared, request.signal));
    // Two turns that listen at once get a device each: the browser shares it without asking again.
    if (prepared && !prepared.busy) {
      const preRoll = Math.round((this.#options.preRollSeconds ?? 0) * prepared.sampleRate);
      return prepared.capture(request, prepared.frame - preRoll);
    }
    const session = await this.#open(request.audio, request.signal);
    try {
      // From the first frame that the device gave: the user has pressed the button before.
      return await session.capture(request, 0, () => void session.close());
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** See {@link Microphone.close}. */
  async close(): Promise<void> {
    this.#prepared = undefined;
    for (const opening of this.#openings) opening.abort(closedMicrophone());
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  /** See {@link Microphone.on}. */
  on<K extends keyof MicrophoneEvents>(
    type: K,
    listener: (event: MicrophoneEvents[K]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void {
    return this.#events.on(type, listener, options);
  }

  async #open(audio?: AudioSetup, turn?: AbortSignal): Promise<MicrophoneSession> {
    const opening = new AbortController();
    const signal = turn ? either(turn, opening.signal) : opening.signal;
    this.#openings.add(opening);
    const session = await MicrophoneSession.open(this.#options, audio, signal).finally(() =>
      this.#openings.delete(opening),
    );
    const { events, over } = session;
    this.#sessions.add(session);
    let speaking = false;
    const tell = (active: boolean): void => {
      if (active === speaking) return;
      speaking = active;
      this.#events.emit(active ? "speechstart" : "speechend", undefined);
    };
    events.on("level", (level) => this.#events.emit("level", level));
    events.on("speech", ({ active }) => tell(active));
    over.addEventListener("abort", () => {
      this.#sessions.delete(session);
      tell(false);
    });
    if (!signal.aborted) return session;
    await session.close();
    throw signal.reason;
  }
}
