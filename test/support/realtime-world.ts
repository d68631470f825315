import { setImmediate } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Clock } from "../../src/flow/clock.js";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import type { OpenRequest, Source } from "../../src/source/source.js";
import { RealtimeServer, type ServerOptions } from "./realtime-server.js";

/** Somebody at a microphone, on the clock: 40 ms of silence after 40 ms of silence, unless told to speak. */
export class Caller implements Source {
  readonly live = true;
  /** How often it was opened and let go. */
  opened = 0;
  released = 0;
  /** Every sample it gave. */
  readonly given: Int16Array[] = [];
  readonly #clock: Clock;
  #leftSeconds = 0;
  #phase = 0;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Speaks from the next chunk on: a 220 Hz tone at -12 dBFS. */
  speak(seconds: number): void {
    this.#leftSeconds = seconds;
  }

  /** Ends the stream after the next chunk. */
  hangUp(): void {
    this.#over = true;
  }

  async open({ signal, sampleRate }: OpenRequest): Promise<ReadableStream<Int16Array>> {
    this.opened++;
    const frames = sampleRate * 0.04;
    let next = this.#clock.now();
    signal.addEventListener("abort", () => this.released++, { once: true });
    return new ReadableStream<Int16Array>(
      {
        pull: async (controller) => {
          next += 0.04;
          await this.#clock.sleep(next - this.#clock.now(), signal);
          if (signal.aborted) return controller.close();
          const chunk = new Int16Array(frames);
          const loud = Math.min(frames, Math.round(this.#leftSeconds * sampleRate));
          for (let n = 0; n < loud; n++) chunk[n] = 8192 * Math.sin((2 * Math.PI * 220 * this.#phase++) / sampleRate);
          this.#leftSeconds -= loud / sampleRate;
          this.given.push(chunk);
          controller.enqueue(chunk);
          if (this.#over) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }
}

/** A real WebSocket that counts, so that a test knows when nothing is on its way. */
export class CountingSocket extends WebSocket {
  static readonly all: CountingSocket[] = [];
  framesIn = 0;
  framesOut = 0;
  opened = false;

  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    CountingSocket.all.push(this);
    super.on("message", () => this.framesIn++);
    super.on("open", () => {
      this.opened = true;
    });
  }

  override send(data: string | Uint8Array): void {
    this.framesOut++;
    super.send(data);
  }
}

/**
 * Virtual time around a real socket. The socket's bytes take real time, virtual time takes none: so the clock moves in
 * small steps, and before each step everything that was sent, either way, has been received and acted on. A message
 * then takes no virtual time, and a run is the same every time, however slow the machine.
 */
export class RealtimeWorld {
  readonly clock = new VirtualClock();
  readonly caller = new Caller(this.clock);
  readonly socket = CountingSocket;
  /** How far the clock moves between two looks at the socket: the latest that a message can be late. */
  stepSeconds = 0.005;
  readonly #first = CountingSocket.all.length;
  #server: RealtimeServer | undefined;

  /** A server, a clock and a caller. */
  static async make(options: Omit<ServerOptions, "clock">): Promise<RealtimeWorld> {
    const world = new RealtimeWorld();
    world.#server = await RealtimeServer.listen({ ...options, clock: world.clock });
    return world;
  }

  get server(): RealtimeServer {
    return this.#server!;
  }

  /** Lets virtual time pass. */
  async advance(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds;
    await this.quiet();
    while (this.clock.now() < end - 1e-9) {
      await this.clock.advance(Math.min(this.stepSeconds, end - this.clock.now()));
      await this.quiet();
    }
  }

  /** Lets virtual time pass until `what` holds; fails after `longest` seconds of it. */
  async until(what: () => unknown, longest = 60): Promise<void> {
    const end = this.clock.now() + longest;
    await this.quiet();
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

  /** Resolves when everything sent has arrived, three looks in a row. */
  async quiet(): Promise<void> {
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
      const session = this.server.sessions[n];
      if (socket.readyState === WebSocket.CLOSED) return session?.open === true;
      if (socket.readyState !== WebSocket.OPEN || !session?.open) return true;
      return socket.framesOut !== session.framesIn || session.framesOut !== socket.framesIn;
    });
  }
}
