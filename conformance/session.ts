import { type Call, type SuiteClock, wallClock } from "./call.js";
import { type Heard, heardEvent, isStart, isStop, once } from "./heard.js";
import { idRules } from "./id-rules.js";
import { MessageRoom } from "./message-room.js";
import { base64, sound } from "./sound.js";

export type { Call } from "./call.js";

/** What became of one utterance, from the events alone. */
export interface Fate {
  started: Heard | undefined;
  stopped: Heard | undefined;
  /** Seconds: the stop's duration, else the time between both events. */
  seconds: number | undefined;
}

/** How an utterance is sent. */
export interface Say {
  /** Default: a new one. */
  id?: string;
  /** Hz. Default 24000. */
  rate?: number;
  /** Of the last message; none of the others. Default true. */
  done?: unknown;
  /** Frames of a message, at most. Default: what fits. */
  chunkFrames?: number;
  /** Daily's `to`. Default everybody. */
  to?: string;
}

/** A joined call, as the suite sees it. It knows the protocol, not who answers. */
export class Session {
  readonly call: Call;
  readonly conversationId: string;
  readonly clock: SuiteClock;
  /** What the client takes. */
  readonly limit: MessageRoom;
  /** Everything that came. */
  readonly heard: Heard[] = [];
  /** Seconds when the session began. */
  readonly began: number;
  /** Seconds that any reaction may take; only what fails waits for all of them. */
  patience = 10;
  /** Seconds from a message to the event that answers it, as measured; what does not come by three times this does not come. */
  latency = 0.2;
  /** The same, as it was measured: what is timed from a message to an event is late by it. */
  delay = 0;
  /** Ids of what the replica said by itself. */
  readonly foreign = new Set<string>();
  /** Candidates of rewritten ids → the id that was sent, and the rules that make it. */
  readonly #candidates = new Map<string, { id: string; rules: string[] }>();
  readonly #open = new Set<string>();
  #wake = new AbortController();

  constructor(call: Call, conversationId: string, clock: SuiteClock = wallClock) {
    this.call = call;
    this.conversationId = conversationId;
    this.clock = clock;
    this.began = clock.now();
    this.limit = new MessageRoom(call);
    call.on("app-message", ({ data, fromId }) => {
      const event = heardEvent(data, fromId, clock.now());
      if (!event) return;
      this.heard.push(event);
      // A reason of our own: a DOMException takes long to make.
      this.#wake.abort("an event");
    });
  }

  /** See {@link sound}. */
  static sound(seconds: number, rate: number): Int16Array {
    return sound(seconds, rate);
  }

  /** Seconds now. */
  get now(): number {
    return this.clock.now();
  }

  /** How long something that is not to come is waited for. */
  get reaction(): number {
    return 0.25 + 3 * this.latency;
  }

  /** Waits. */
  sleep(seconds: number): Promise<void> {
    return this.clock.sleep(seconds);
  }

  /** An id that has not been used. */
  newId(): string {
    return crypto.randomUUID();
  }

  /** Sends any interaction; without properties when there are none. */
  send(event_type: string, properties?: object, to?: string): void {
    const message = {
      ...{ message_type: "conversation", event_type, conversation_id: this.conversationId },
      ...(properties && { properties }),
    };
    this.limit.send(message, to);
  }

  /** Clears what plays and what waits. */
  interrupt(): void {
    this.#open.clear();
    this.send("conversation.interrupt");
  }

  /**
   * Sends samples as messages of one id; the properties of the last one are `last`, of all `common`. No message is longer than
   * the client takes, nor than 65,536 characters: everybody in the room gets it.
   */
  audio(pcm: Int16Array, common: object, last: object, chunkFrames = Number.POSITIVE_INFINITY, to?: string): void {
    for (let at = 0; at < pcm.length; ) {
      const frames = Math.min(chunkFrames, this.limit.chunkFrames, pcm.length - at);
      const end = at + frames >= pcm.length;
      const audio = base64(pcm.slice(at, at + frames));
      try {
        this.send("conversation.echo", { modality: "audio", audio, ...common, ...(end && last) }, to);
        at += frames;
      } catch (error) {
        // The client has named its limit: the same samples again, in smaller messages.
        if (this.limit.chunkFrames >= frames) throw error;
      }
    }
  }

  /** Sends samples as one message, however long it is; throws what the client throws. */
  message(pcm: Int16Array, properties: object): void {
    this.send("conversation.echo", { modality: "audio", audio: base64(pcm), ...properties });
  }

  /** Sound of this length and rate. */
  sound(seconds: number, rate: number): Int16Array {
    return sound(seconds, rate);
  }

  /** Says so many seconds of sound; returns the id, and when the last message left. */
  say(seconds: number, { id = this.newId(), rate = 24_000, done = true, chunkFrames, to }: Say = {}) {
    this.expect(id);
    const common = { sample_rate: rate, inference_id: id, done: false };
    this.audio(sound(seconds, rate), common, { done }, chunkFrames, to);
    if (done === false) this.#open.add(id);
    else this.#open.delete(id);
    return { id, at: this.now };
  }

  /** Events about this id are known from now on, by every rule that it may be rewritten by. */
  expect(id: string): void {
    for (const [rule, make] of Object.entries(idRules)) {
      const candidate = make(id, this.conversationId);
      const rules = this.#candidates.get(candidate)?.rules ?? [];
      this.#candidates.set(candidate, { id, rules: [...rules, rule] });
    }
  }

  /** Whether an event's id was made of one that was sent, by a rule that is known. */
  isOurs(event: Heard): boolean {
    return event.id !== undefined && this.#candidates.has(event.id);
  }

  /** The rule that makes every id that came of one that was sent; undefined when none does. Two rules agree on some ids by chance. */
  get rule(): string | undefined {
    const came = this.heard.filter((event) => isStart(event) && this.isOurs(event));
    const sets = came.map(({ id = "" }) => this.#candidates.get(id)?.rules ?? []);
    return sets[0]?.find((rule) => sets.every((rules) => rules.includes(rule)));
  }

  /** Whether an event may be about what was sent under `id`. */
  about(event: Heard, id: string): boolean {
    if (event.id === undefined) return true;
    const sent = this.#candidates.get(event.id)?.id;
    return sent === undefined ? !this.foreign.has(event.id) : sent === id;
  }

  /** Starts since `from`, one per utterance; about `id`, or any. */
  starts(from: number, id?: string): Heard[] {
    return once(this.heard.filter((event) => event.at >= from && isStart(event) && (!id || this.about(event, id))));
  }

  /** Stops since `from`, likewise. */
  stops(from: number, id?: string): Heard[] {
    return once(this.heard.filter((event) => event.at >= from && isStop(event) && (!id || this.about(event, id))));
  }

  /** Waits for what was said under `id` after `from`: its start, then its stop, which may take `lasts` seconds more. */
  async fate(id: string, from: number, lasts = 0, within = this.patience): Promise<Fate> {
    const started = await this.until(() => this.starts(from, id)[0], within);
    const stopped = started && (await this.until(() => this.stops(started.at, id)[0], within + lasts));
    const duration = stopped?.properties.duration;
    const between = started && stopped && stopped.at - started.at;
    return { started, stopped, seconds: typeof duration === "number" ? duration : between };
  }

  /** The first value that is not undefined; undefined when `seconds` are over. Looks again at every event. */
  async until<T>(look: () => T | undefined, seconds: number): Promise<T | undefined> {
    const end = this.now + seconds;
    for (;;) {
      const found = look();
      const left = end - this.now;
      // Rounding: a wait may end a hair before its time.
      if (found !== undefined || left <= 1e-9) return found;
      this.#wake = new AbortController();
      await this.clock.sleep(left, this.#wake.signal);
    }
  }

  /** Until nothing speaks, and nothing has begun for `seconds`; stops what does not end by itself. */
  async quiet(seconds = 0.2): Promise<void> {
    const speaks = (): boolean => {
      const last = this.heard.findLast((event) => isStart(event) || isStop(event));
      return last !== undefined && isStart(last);
    };
    if (speaks() || this.#open.size > 0) {
      this.interrupt();
      await this.until(() => (speaks() ? undefined : true), 4 * this.reaction);
    }
    await this.sleep(seconds + this.latency);
  }
}
