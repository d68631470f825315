/** What the suite uses of daily-js: the real client's call object. */
export interface Call {
  sendAppMessage(data: unknown, to?: string): unknown;
  participants(): Record<string, { session_id: string; user_id: string; local: boolean }>;
  room(): Promise<unknown>;
  on(event: "app-message", listener: (event: { data: unknown; fromId: string }) => void): unknown;
}

/** An event of Tavus, as it came. */
export interface Heard {
  at: number;
  fromId: string;
  type: string;
  id: string | undefined;
  data: Record<string, unknown>;
  properties: Record<string, unknown>;
}

/** What became of one utterance, from the events alone. */
export interface Spoken {
  started: Heard | undefined;
  stopped: Heard | undefined;
  /** Seconds: the stop's duration, else the time between both events. */
  seconds: number | undefined;
}

const starts = new Set(["conversation.replica.started_speaking", "conversation.started_speaking"]);
const stops = new Set(["conversation.replica.stopped_speaking", "conversation.stopped_speaking"]);

/** A joined call, as the suite sees it. It knows the protocol, not who answers. */
export class Session {
  readonly call: Call;
  readonly conversationId: string;
  readonly heard: Heard[] = [];
  /** Seconds when the session began. */
  readonly began = performance.now() / 1000;

  constructor(call: Call, conversationId: string) {
    this.call = call;
    this.conversationId = conversationId;
    call.on("app-message", ({ data, fromId }) => {
      if (typeof data !== "object" || data === null) return;
      const message = data as Record<string, unknown>;
      if (typeof message.event_type !== "string") return;
      const properties = (typeof message.properties === "object" && message.properties) || {};
      this.heard.push({
        at: performance.now() / 1000,
        fromId,
        type: message.event_type,
        id: typeof message.inference_id === "string" ? message.inference_id : undefined,
        data: message,
        properties: properties as Record<string, unknown>,
      });
    });
  }

  static readonly sleep = (seconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  /** Sends any interaction; without properties when there are none. */
  send(event_type: string, properties?: object): void {
    this.call.sendAppMessage({
      message_type: "conversation",
      event_type,
      conversation_id: this.conversationId,
      ...(properties && { properties }),
    });
  }

  /** Most samples that one message takes at the limit that the client has now. */
  get chunkFrames(): number {
    let characters = 4096;
    try {
      this.call.sendAppMessage("x".repeat(5_000_000));
    } catch (error) {
      characters = Number(/Max size is (\d+)/.exec(String(error))?.[1] ?? 4096);
    }
    // Room for the envelope; no message of more than a second.
    return Math.min(24_000, Math.floor((characters - 300) / 4) * 1.5) & ~1;
  }

  /** Sends samples as messages of one id; the properties of the last one are `last`, of all `common`. */
  audio(pcm: Int16Array, common: object, last: object, chunkFrames = this.chunkFrames): void {
    for (let at = 0; at < pcm.length; at += chunkFrames) {
      const bytes = new Uint8Array(pcm.slice(at, at + chunkFrames).buffer);
      let binary = "";
      for (let from = 0; from < bytes.length; from += 8192)
        binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
      const audio = btoa(binary);
      const end = at + chunkFrames >= pcm.length;
      this.send("conversation.echo", { modality: "audio", audio, ...common, ...(end && last) });
    }
  }

  /** Sounds like speech, so that no silence detector drops it. */
  static sound(seconds: number, rate: number): Int16Array {
    return Int16Array.from({ length: Math.round(seconds * rate) }, (_, n) => {
      const time = n / rate;
      const syllable = 0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * time);
      return Math.round(4000 * syllable * (Math.sin(2 * Math.PI * 150 * time) + Math.sin(2 * Math.PI * 700 * time)));
    });
  }

  /** Starts since `from`, one per utterance: repetitions of one fact come within 300 ms or carry the same id. */
  startsSince(from: number): Heard[] {
    return this.#once(starts, from);
  }

  /** Stops since `from`, likewise. */
  stopsSince(from: number): Heard[] {
    return this.#once(stops, from);
  }

  /** Waits for what speaks after `from`: its start within `seconds`, its stop within `seconds` more than it may last. */
  async spoken(from: number, seconds: number, lasts = 0): Promise<Spoken> {
    const started = await this.until(() => this.startsSince(from)[0], seconds);
    const stopped = started && (await this.until(() => this.stopsSince(started.at)[0], seconds + lasts));
    const duration = stopped?.properties.duration;
    const between = started && stopped && stopped.at - started.at;
    return { started, stopped, seconds: typeof duration === "number" ? duration : between };
  }

  /** The first value that is not undefined; undefined when `seconds` are over. */
  async until<T>(look: () => T | undefined, seconds: number): Promise<T | undefined> {
    const end = performance.now() / 1000 + seconds;
    for (;;) {
      const found = look();
      if (found !== undefined || performance.now() / 1000 >= end) return found;
      await Session.sleep(0.02);
    }
  }

  /** Until nothing speaks and nothing has begun for `seconds`; stops what does not end by itself. */
  async quiet(seconds = 0.3): Promise<void> {
    this.send("conversation.interrupt");
    const active = (): boolean => {
      const last = this.heard.findLast(({ type }) => starts.has(type) || stops.has(type));
      return last !== undefined && (starts.has(last.type) || performance.now() / 1000 - last.at < seconds);
    };
    await this.until(() => (active() ? undefined : true), 3);
    await Session.sleep(seconds);
  }

  /** Seconds now. */
  get now(): number {
    return performance.now() / 1000;
  }

  #once(types: ReadonlySet<string>, from: number): Heard[] {
    const found: Heard[] = [];
    for (const event of this.heard) {
      if (event.at < from || !types.has(event.type) || event.properties.role === "user") continue;
      const again = found.some(({ id, at }) => (id !== undefined && id === event.id ? event.at - at < 0.3 : false));
      const unnamed = event.id === undefined && found.some(({ at }) => event.at - at < 0.3);
      if (!again && !unnamed) found.push(event);
    }
    return found;
  }
}
