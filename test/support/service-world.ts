import { setImmediate } from "node:timers/promises";
import { WebSocket } from "ws";
import type { VirtualClock } from "../../src/flow/virtual-clock.js";
import { RealtimeVoice, type RealtimeVoiceOptions } from "../../src/realtime/index.js";
import { audio } from "./open-source.js";
import { Caller, CountingSocket } from "./realtime-world.js";
import { ScriptedReplica } from "./scripted-replica.js";
import type { Connection } from "./services/connection.js";

/** A server of one service: what is needed of it to know when nothing is on its way. */
export interface Service {
  readonly sessions: readonly { readonly connection: Connection }[];
  close(): Promise<void>;
}

/**
 * A voice before a server of one service, in virtual time around real sockets: before each step of the clock everything
 * that was sent, either way, has been received and acted on.
 */
export class ServiceWorld {
  readonly clock: VirtualClock;
  readonly caller: Caller;
  readonly replica: ScriptedReplica;
  readonly voice: RealtimeVoice;
  readonly errors: Error[] = [];
  readonly transcripts: string[] = [];
  readonly #service: Service;
  readonly #first = CountingSocket.all.length;

  constructor(
    clock: VirtualClock,
    service: Service,
    options: Omit<RealtimeVoiceOptions, "replica" | "input">,
    sampleRate?: number,
  ) {
    this.clock = clock;
    this.#service = service;
    this.caller = new Caller(clock);
    this.replica = new ScriptedReplica(clock, sampleRate);
    const own = { replica: this.replica, input: this.caller, webSocket: CountingSocket, clock, audio };
    this.voice = new RealtimeVoice({ ...own, ...options });
    this.voice.on("error", (error) => this.errors.push(error));
    this.voice.on("transcript", ({ role, text, final }) => final && this.transcripts.push(`${role}: ${text}`));
  }

  /** Opens the voice. */
  open(): Promise<void> {
    return this.settled(this.voice.open());
  }

  /** Lets virtual time pass. */
  async advance(seconds: number, step = 0.005): Promise<void> {
    const end = this.clock.now() + seconds;
    await this.#quiet();
    while (this.clock.now() < end - 1e-9) {
      await this.clock.advance(Math.min(step, end - this.clock.now()));
      await this.#quiet();
    }
  }

  /** Lets virtual time pass until `what` holds; fails after `longest` seconds of it. */
  async until(what: () => unknown, longest = 30): Promise<void> {
    const end = this.clock.now() + longest;
    await this.#quiet();
    while (!what()) {
      if (this.clock.now() > end) throw new Error(`after ${longest} s of virtual time still not: ${what}`);
      await this.advance(0.005);
    }
  }

  /** Moves time while `promise` is pending. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const done = (): void => {
      over = true;
    };
    promise.then(done, done);
    await this.until(() => over);
    return promise;
  }

  async #quiet(): Promise<void> {
    for (let still = 0; still < 3; ) {
      await setImmediate();
      still = this.#pending() ? 0 : still + 1;
    }
  }

  #pending(): boolean {
    const sockets = CountingSocket.all.slice(this.#first);
    if (sockets.some(({ readyState }) => readyState === WebSocket.CONNECTING)) return true;
    const opened = sockets.filter((socket) => socket.opened);
    return opened.some((socket, n) => {
      const connection = this.#service.sessions[n]?.connection;
      if (!connection || socket.readyState === WebSocket.CLOSED) return connection?.open === true;
      if (socket.readyState !== WebSocket.OPEN || connection.closed) return true;
      return socket.framesOut !== connection.received.length || connection.sent.length !== socket.framesIn;
    });
  }
}
