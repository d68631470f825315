import type { VoiceCommand } from "./protocol.js";

/** A response that somebody asked for. `say`: words to be spoken as they are. */
export interface Request {
  /** Words to say; undefined lets the model answer what was said last. */
  readonly say?: string | undefined;
}

/**
 * Providers make one response at a time and refuse to begin a second. So a request waits until none is in the making
 * and the caller is silent, and one that was refused all the same (the provider had begun one by itself) waits again.
 */
export class ResponseQueue {
  readonly #send: (command: VoiceCommand) => void;
  readonly #instructions: () => string | undefined;
  readonly #waiting: Request[] = [];
  #asked: { id: string; request: Request } | undefined;
  #active: string | undefined;
  #callerSpeaks = false;
  #serial = 0;

  /** `instructions`: the session's, which those of a response replace. */
  constructor(send: (command: VoiceCommand) => void, instructions: () => string | undefined) {
    this.#send = send;
    this.#instructions = instructions;
  }

  /** The response in the making. */
  get active(): string | undefined {
    return this.#active;
  }

  /** Asks for a response, now or as soon as one can be made. */
  add(request: Request): void {
    this.#waiting.push(request);
    this.#next();
  }

  /** The provider began one, ours or its own: a refusal of ours may still be on its way. */
  started(responseId: string): void {
    this.#active = responseId;
  }

  /** The provider finished one. */
  done(responseId: string): void {
    if (this.#active !== undefined && this.#active !== responseId) return;
    this.#active = undefined;
    this.#asked = undefined;
    this.#next();
  }

  /** The caller began or ceased to speak. */
  caller(speaks: boolean): void {
    this.#callerSpeaks = speaks;
    this.#next();
  }

  /** The provider refused the request `id`. Returns whether it was one of ours that now waits again. */
  refused(id: string | undefined): boolean {
    if (!this.#asked || this.#asked.id !== id) return false;
    this.#waiting.unshift(this.#asked.request);
    this.#asked = undefined;
    return true;
  }

  /** Forgets the request `id`, which failed for another reason. */
  failed(id: string | undefined): void {
    if (!id || this.#asked?.id !== id) return;
    this.#asked = undefined;
    this.#next();
  }

  /** What was to be said and was not begun: for the next connection. */
  unsaid(): Request[] {
    // What was begun is being said, or was.
    const open = this.#active === undefined && this.#asked ? [this.#asked.request, ...this.#waiting] : this.#waiting;
    return open.filter(({ say }) => say !== undefined);
  }

  #next(): void {
    if (this.#asked || this.#active !== undefined || this.#callerSpeaks) return;
    const request = this.#waiting.shift();
    if (!request) return;
    const id = `ask_${++this.#serial}`;
    this.#asked = { id, request };
    this.#send({ type: "respond", id, say: request.say, instructions: this.#instructions() });
  }
}
