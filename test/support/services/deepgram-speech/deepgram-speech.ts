import type { WebSocket } from "ws";
import { Connection } from "../connection.js";
import { DeepgramCredentials } from "../deepgram-credentials.js";
import type { Encoding } from "../encoding.js";
import { type Admission, type Handshake, Host } from "../host.js";
import { type ServiceClock, wallClock } from "../service-clock.js";
import { type SpeechScript, speechScript } from "../speech-script.js";
import type { Spoken } from "../spoken.js";
import { SpeakSocket } from "./speak-socket.js";

const encodings: Record<string, Encoding> = { linear16: "s16le", mulaw: "mulaw", alaw: "alaw" };
/** Rates of each encoding [C: the SDK's list; which belong to G.711: L]. */
const rates: Record<string, readonly number[]> = {
  linear16: [8000, 16_000, 24_000, 32_000, 48_000],
  mulaw: [8000, 16_000],
  alaw: [8000, 16_000],
};
const known = ["encoding", "sample_rate", "model", "mip_opt_out", "speed", "container", "bit_rate"];

/** How the server is started. */
export interface DeepgramSpeechOptions {
  clock?: ServiceClock;
  script?: Partial<SpeechScript>;
}

/** Deepgram's Aura, text to speech over WebSocket, version 1: audio without times. */
export class DeepgramSpeech {
  readonly script: SpeechScript;
  readonly credentials: DeepgramCredentials;
  /** Connections that were let in, in order. */
  readonly sockets: SpeakSocket[] = [];
  /** Handshakes that were not. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  #serial = 0;
  #host!: Host;

  private constructor({ clock = wallClock, script = {} }: DeepgramSpeechOptions) {
    this.#clock = clock;
    this.script = speechScript(script, "generation");
    this.credentials = new DeepgramCredentials(clock);
  }

  /** Starts it. */
  static async listen(options: DeepgramSpeechOptions = {}): Promise<DeepgramSpeech> {
    const service = new DeepgramSpeech(options);
    service.#host = await Host.listen({
      admit: (handshake) => service.#admit(handshake),
      connect: (socket, handshake) => service.#connect(socket, handshake),
      request: (request, response) => void service.credentials.request(request, response),
    });
    return service;
  }

  /** Where a page connects, with the subprotocols `["bearer", service.credentials.token()]`. */
  url(query: Record<string, string> = { encoding: "linear16", sample_rate: "24000" }): string {
    const search = new URLSearchParams({ model: "aura-2-thalia-en", ...query });
    return `ws://127.0.0.1:${this.#host.port}/v1/speak?${search}`;
  }

  /** Where a server makes tokens. */
  get grantUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/v1/auth/grant`;
  }

  /** The newest connection. */
  get socket(): SpeakSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("No client has connected.");
    return socket;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit(handshake: Handshake): Admission {
    const { pathname, searchParams } = handshake.url;
    const reject = (status: number, reason: string): Admission => {
      this.refused.push({ reason, handshake });
      return { status, body: JSON.stringify({ err_code: "Bad Request", err_msg: reason }) };
    };
    if (pathname !== "/v1/speak") return { status: 404, body: "{}" };
    const admission = this.credentials.admit(handshake);
    if ("status" in admission) return reject(401, "Invalid credentials.");
    const unknown = [...searchParams.keys()].find((name) => !known.includes(name));
    if (unknown !== undefined) return reject(400, `Unknown query parameter: ${unknown}.`);
    const { encoding, sampleRate, model } = read(searchParams);
    if (!rates[encoding]?.includes(sampleRate)) return reject(400, "Unsupported encoding or sample_rate.");
    return model.startsWith("aura") ? admission : reject(400, "No such model.");
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const { encoding, sampleRate, model } = read(handshake.url.searchParams);
    const world = { clock: this.#clock, script: this.script, spoken: this.spoken, serial: () => ++this.#serial };
    const audio = { model, sampleRate, encoding: encodings[encoding] };
    this.sockets.push(new SpeakSocket({ ...world, ...audio }, connection));
  }
}

function read(query: URLSearchParams) {
  const encoding = query.get("encoding") ?? "linear16";
  const standard = encoding === "linear16" ? 24_000 : 8000;
  const model = query.get("model") ?? "aura-asteria-en";
  return { encoding, sampleRate: Number(query.get("sample_rate") ?? standard), model };
}
