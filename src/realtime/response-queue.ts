import { RealtimeError } from "./realtime-error.js";
import type { Timers } from "./timers.js";
import type { VoiceCommand } from "./voice-command.js";

/** A response that somebody asked for. `say`: words to be spoken as they are. */
export interface Request {
  /** Words to say; undefined lets the model answer what was said last. */
  readonly say?: string | undefined;
  /** Tool calls whose results it is to go on with. */
  readonly follows?: readonly string[] | undefined;
  /** A commit or a text that was just sent asks for it already, where the provider takes it so. */
  readonly requested?: boolean | undefined;
}

/** What the queue needs around it. */
export interface QueueHost {
  /** Sends to the provider; false when it has no such command. */
  send(command: VoiceCommand): boolean;
  /** The session's instructions, which those of a response replace. */
  instructions(): string | undefined;
  /** Whether the provider answers by itself when the caller has spoken. */
  answersItself(): boolean;
  readonly timers: Timers;
  report(error: RealtimeError): void;
}

/** A provider that answers by itself has begun by then, or does not: what it heard was a noise. */
const ownAnswerSeconds = 1;
/** The longest that a model is waited for to begin. */
const beginSeconds = 30;

interface Asked {
  readonly id: string;
  readonly request: Request;
  begun: boolean;
  /** Ends the wait for its beginning. */
  arrived(): void;
  unwanted: boolean;
  /** Whether a response that began since has what it is about: then that one is the answer, should this be refused. */
  covered: boolean;
}

/**
 * Providers make one response at a time and refuse to begin a second. So a request waits until none is in the making
 * and the caller is silent, and one that was refused all the same (the provider had begun one by itself) waits again.
 */
export class ResponseQueue {
  readonly #host: QueueHost;
  readonly #known = new Set<string>();
  #waiting: Request[] = [];
  #asked: Asked | undefined;
  #active: { id: string; say: boolean } | undefined;
  #callerSpeaks = false;
  /** The caller has spoken, and the provider's own answer is about to begin. */
  #expecting: { unwanted: boolean } | undefined;
  #serial = 0;

  /** Sends nothing by itself. */
  constructor(host: QueueHost) {
    this.#host = host;
  }

  /** The response in the making. */
  get active(): string | undefined {
    return this.#active?.id;
  }

  /** Whether nothing is asked for, made, expected or said by the caller. */
  get idle(): boolean {
    const busy = this.#asked ?? this.#active ?? this.#expecting;
    return !busy && !this.#callerSpeaks && this.#waiting.length === 0;
  }

  /** Asks for a response, now or as soon as one can be made. */
  add(request: Request): void {
    this.#waiting.push(request);
    this.#next();
  }

  /** The provider began one, ours or its own. Returns whether it was called off before it began. */
  started(id: string): boolean {
    const asked = this.#asked?.begun ? undefined : this.#asked;
    const unwanted = asked?.unwanted ?? this.#expecting?.unwanted ?? false;
    this.#active = { id, say: asked?.request.say !== undefined };
    this.#expecting = undefined;
    if (asked) {
      asked.begun = true;
      asked.arrived();
      asked.covered = this.#covered(asked.request);
    } else this.#waiting = this.#waiting.filter((request) => !this.#covered(request));
    return unwanted;
  }

  /** The provider finished one. */
  done(id: string): void {
    if (this.#active && id && this.#active.id !== id) return;
    this.#active = undefined;
    this.#asked?.arrived();
    this.#asked = undefined;
    this.#next();
  }

  /** The caller began to speak. */
  callerStarted(): void {
    this.#callerSpeaks = true;
    this.#expecting = undefined;
  }

  /** The caller ceased to speak. */
  callerStopped(): void {
    this.#callerSpeaks = false;
    if (this.#host.answersItself() && !this.#active) {
      const expecting = { unwanted: false };
      this.#expecting = expecting;
      this.#host.timers.after(ownAnswerSeconds, () => {
        if (this.#expecting !== expecting) return;
        this.#expecting = undefined;
        this.#next();
      });
    }
    this.#next();
  }

  /** The provider has the result of a tool call: what it begins from now on knows it. */
  know(callId: string): void {
    this.#known.add(callId);
  }

  /** The provider refused the request `id`, because it is making a response. Returns whether it was one of ours. */
  refused(id: string | undefined): boolean {
    const asked = this.#asked;
    if (!asked || asked.id !== id) return false;
    this.#asked = undefined;
    asked.arrived();
    if (!asked.covered && !asked.unwanted) this.#waiting.unshift(asked.request);
    return true;
  }

  /** Forgets the request `id`, which failed for another reason. */
  failed(id: string | undefined): void {
    if (!id || this.#asked?.id !== id) return;
    this.#asked.arrived();
    this.#asked = undefined;
    this.#next();
  }

  /** The app wants silence: what waits is forgotten, and what has not begun is called off when it does. */
  callOff(): void {
    this.#waiting = [];
    if (this.#asked && !this.#asked.begun) this.#asked.unwanted = true;
    if (this.#expecting) this.#expecting.unwanted = true;
  }

  /**
   * What was asked for and is not being said: for the next connection.
   * @param answering - Whether an answer in the making is wanted.
   * @param waiting - Whether the model waits for the app, and answers when it has what it asked for.
   */
  unsaid(answering: boolean, waiting: boolean): Request[] {
    const asked = this.#asked && !this.#asked.begun && !this.#asked.unwanted ? [this.#asked.request] : [];
    const all = [...asked, ...this.#waiting];
    const says = all.filter(({ say }) => say !== undefined);
    const active = this.#active && !this.#active.say && answering;
    const expected = this.#expecting && !this.#expecting.unwanted;
    return active || expected || waiting || says.length < all.length ? [{}, ...says] : says;
  }

  /** Whether a response that the provider begins by itself now answers this one too. */
  #covered({ say, follows, requested }: Request): boolean {
    if (say !== undefined) return false;
    // A server that confirms no item has it by the time at which it begins something: it was sent before.
    if (follows) return this.#known.size === 0 || follows.every((callId) => this.#known.has(callId));
    return requested === true;
  }

  #next(): void {
    if (this.#asked || this.#active || this.#callerSpeaks || this.#expecting) return;
    const request = this.#waiting.shift();
    if (!request) return;
    const flags = { begun: false, unwanted: false, covered: false };
    const asked: Asked = { id: `ask_${++this.#serial}`, request, ...flags, arrived: () => {} };
    this.#asked = asked;
    const { say, requested = false } = request;
    const { id } = asked;
    if (!this.#host.send({ type: "respond", id, say, instructions: this.#host.instructions(), requested })) {
      this.#asked = undefined;
      this.#host.report(new RealtimeError("command-unsupported", "The provider cannot be asked for a response."));
      this.#next();
      return;
    }
    asked.arrived = this.#host.timers.after(beginSeconds, () => {
      if (this.#asked !== asked || asked.begun) return;
      this.#asked = undefined;
      this.#host.report(new RealtimeError("response-missing", `No response began within ${beginSeconds} s.`));
      this.#next();
    });
  }
}
