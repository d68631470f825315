import { dailyTransport, type Microphone, microphone, Replica } from "tavus-echo";
import { logMessage } from "./message-log.js";
import { element } from "./page.js";
import { type Backstage, type Entrance, watchSent } from "./room.js";
import { sent } from "./timeline.js";

/** Who shows a visit. */
export interface VisitHost {
  /** Something about it is another: look at `ready`, `microphone` and `words`. */
  changed(): void;
  /** What the user should read. */
  problem(problem: unknown): void;
  /** The call ended, and not by `leave()`. */
  ended(reason: string | undefined): void;
}

/** With `?processing=off` in the address the microphone is taken as it is, without echo cancellation and the like. */
const untouched =
  new URLSearchParams(location.search).get("processing") === "off"
    ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    : undefined;

/** One stay in a room: the call, the replica and the microphone, from the click on "Join" to `leave()`. */
export class Visit {
  readonly replica: Replica;
  readonly mic: Microphone;
  /** Whether the microphone can be talked into, or whether it must be asked for again. */
  microphone: "asked" | "open" | "refused" = "asked";
  readonly #entrance: Entrance & Backstage;
  readonly #host: VisitHost;
  #joined = false;
  #leaving: Promise<void> | undefined;

  constructor(entrance: Entrance & Backstage, host: VisitHost) {
    const { call, room } = entrance;
    this.#entrance = entrance;
    this.#host = host;
    watchSent(call, (data) => {
      logMessage({ direction: "out", data });
      drawSent(data);
    });
    this.replica = new Replica({ transport: dailyTransport(call) });
    this.mic = microphone({ preRollSeconds: 0.2, ...(untouched && { constraints: untouched }) });
    Object.assign(globalThis, { demo: { replica: this.replica, room, call } });
    this.#listen();
  }

  /** Whether the replica can be spoken to. */
  get ready(): boolean {
    return this.replica.state === "ready";
  }

  /** The state in a person's words. */
  get words(): string {
    const { name } = this.#entrance;
    switch (this.replica.state) {
      case "waiting":
        return this.#joined ? `Waiting for the replica in ${name}` : `Joining ${name}…`;
      case "ready":
        return `Ready, in ${name}`;
      case "left":
      case "closed":
        return "Call ended";
      default:
        return "The network is gone, reconnecting";
    }
  }

  /**
   * Joins. The click on "Join" is the one gesture: permission, unlocked audio and loading errors come now. Without a
   * microphone the rest of the page still works.
   */
  async join(): Promise<void> {
    const { call, url, token } = this.#entrance;
    void this.askForMicrophone();
    await call.join({ url, ...(token && { token }) });
    this.#joined = true;
    this.#host.changed();
  }

  /** Asks for the microphone; again after a refusal. */
  async askForMicrophone(): Promise<void> {
    this.microphone = "asked";
    this.#host.changed();
    try {
      await this.replica.prepare(this.mic);
      this.microphone = "open";
    } catch (error) {
      this.microphone = "refused";
      if (!this.#leaving) this.#host.problem(error);
    }
    this.#host.changed();
  }

  /** Ends it: the call is destroyed, so that another can be made. Idempotent; never rejects. */
  leave(): Promise<void> {
    this.#leaving ??= (async () => {
      const { call, room, end } = this.#entrance;
      end?.();
      const endings = [this.replica.close(), this.mic.close(), call.destroy()];
      for (const result of await Promise.allSettled(endings))
        if (result.status === "rejected") this.#host.problem(result.reason);
      room?.close();
      element("level", HTMLMeterElement).value = 0;
    })();
    return this.#leaving;
  }

  #listen(): void {
    const { replica, mic } = this;
    replica.on("error", (error) => this.#host.problem(error));
    replica.on("warning", ({ message, remedy }) => this.#host.problem(`${message} ${remedy}`));
    replica.on("raw", ({ message }) => {
      // The heartbeat would drown everything else.
      if (!JSON.stringify(message).includes("_present")) logMessage({ direction: "in", data: message });
    });
    replica.on("state", ({ state, reason }) => {
      if (state === "left" && this.#joined && !this.#leaving) this.#host.ended(reason);
      else this.#host.changed();
    });
    replica.attach(element("video", HTMLVideoElement));
    mic.on("level", (value) => {
      element("level", HTMLMeterElement).value = Math.min(1, value * 4);
    });
  }
}

function drawSent(data: unknown): void {
  const { properties } = data as { properties?: Record<string, unknown> };
  if (typeof properties?.audio !== "string") return;
  const bytes = Uint8Array.from(atob(properties.audio), (character) => character.charCodeAt(0));
  sent(String(properties.inference_id), new Int16Array(bytes.buffer), Number(properties.sample_rate));
}
