import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJson } from "../connection.js";
import { cut, deliver } from "../delivery.js";
import { sampleBytes } from "../encoding.js";
import { Host, readBody } from "../host.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import { isRecord, type Problem } from "../shape.js";
import { type SpeechScript, speechScript } from "../speech-script.js";
import { Spoken } from "../spoken.js";
import { utter } from "../utterance.js";
import { frameEnd, framePart, mediaTypes, wavHeader } from "./speech-form.js";
import { type Route, routes, type SpeechRequest } from "./speech-request.js";

/** Bytes of a piece that leave with the next one, so that the network's chunks end inside lines and characters. */
const heldBytes = 5;

/** How the server is started. */
export interface HttpSpeechOptions {
  clock?: ServiceClock;
  script?: Partial<SpeechScript>;
  /** Whether chunks of the network end inside lines. */
  splitsLines?: boolean;
}

/** A request that arrived. */
export interface SpeechCall {
  path: string;
  body: unknown;
  /** Status of the answer. */
  status: number;
  /** Whether the client left before the end. */
  aborted: boolean;
}

/** A server that says a text in the body of its answer, as OpenAI, ElevenLabs and Cartesia do. */
export class HttpSpeech {
  readonly script: SpeechScript;
  readonly key = "server-key";
  /** Answered instead of speech, one request each. */
  readonly failures: { status: number; headers?: Record<string, string>; body?: string }[] = [];
  /** Every request that arrived. */
  readonly received: SpeechCall[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  readonly #splitsLines: boolean;
  #host!: Host;

  private constructor({ clock = wallClock, script = {}, splitsLines = false }: HttpSpeechOptions) {
    this.#clock = clock;
    this.#splitsLines = splitsLines;
    this.script = speechScript(script, "generation");
  }

  /** Starts it. */
  static async listen(options: HttpSpeechOptions = {}): Promise<HttpSpeech> {
    const service = new HttpSpeech(options);
    service.#host = await Host.listen({
      admit: () => ({ status: 426, body: "{}" }),
      connect: () => {},
      request: (request, response) => void service.#request(request, response),
    });
    return service;
  }

  /** An address of it: `/v1/audio/speech`, `/v1/text-to-speech/{voice}/stream`, `…/with-timestamps`, `/tts/bytes`, `/tts/sse`. */
  url(path: string): string {
    return `http://127.0.0.1:${this.#host.port}${path}`;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") {
      response.writeHead(204, { "access-control-allow-headers": "*", "access-control-allow-methods": "POST" }).end();
      return;
    }
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const text = await readBody(request);
    const body = parseJson(Buffer.from(text));
    const call: SpeechCall = { path: url.pathname, body: body ?? text, status: 200, aborted: false };
    this.received.push(call);
    const asked = this.#judge(request, url, body);
    if ("status" in asked) {
      call.status = asked.status;
      response.writeHead(asked.status, { "content-type": "application/json", ...asked.headers }).end(asked.body);
      return;
    }
    await this.#speak(asked, call, response);
  }

  #judge(request: IncomingMessage, url: URL, body: unknown): SpeechRequest | HttpSpeech["failures"][number] {
    const route = routes.find(({ path }) => path.test(url.pathname));
    if (!route) return refusal(404, "not_found", "There is no such address.");
    if (request.method !== "POST") return refusal(405, "method_not_allowed", "The method is POST.");
    const given = request.headers[route.key];
    if (given !== (route.key === "authorization" ? `Bearer ${this.key}` : this.key))
      return refusal(401, "invalid_api_key", "The key is missing or wrong.");
    const failure = this.failures.shift();
    if (failure) return { body: "{}", ...failure };
    return read(route, body, url);
  }

  async #speak(asked: SpeechRequest, call: SpeechCall, response: ServerResponse): Promise<void> {
    const { script } = this;
    const delivery = { ...script.delivery, ...script.generations.shift() };
    const utterance = utter(asked.text, asked.sampleRate, script.leadSeconds, script.seed);
    const said = new Spoken(
      `request_${this.received.length}`,
      asked.text,
      utterance.samples,
      asked.sampleRate,
      asked.encoding,
    );
    this.spoken.push(said);
    const left = new AbortController();
    response.on("close", () => {
      call.aborted = !response.writableFinished;
      left.abort();
    });
    if (!(await elapsed(this.#clock, script.latencySeconds, left.signal))) return;
    response.writeHead(200, { "content-type": asked.wav ? "audio/wav" : mediaTypes[asked.form] });
    if (asked.wav) response.write(wavHeader(asked.sampleRate));
    let held: Buffer = Buffer.alloc(0);
    const hold = this.#splitsLines && asked.form !== "bytes" ? heldBytes : 0;
    const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[asked.encoding], delivery);
    const ending = await deliver(
      this.#clock,
      pieces,
      said.bytesPerSecond,
      delivery,
      left.signal,
      ({ bytes, from: at }) => {
        const [from, to] = [at / said.bytesPerSecond, (at + bytes.length) / said.bytesPerSecond];
        const origin = script.timesFrom === "chunk" ? from : 0;
        const frame = Buffer.concat([held, framePart(asked, utterance, { bytes, from, to, origin })]);
        held = frame.subarray(frame.length - hold);
        response.write(frame.subarray(0, frame.length - hold));
        said.sentBytes += bytes.length;
      },
    );
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    if (ending === "dropped") response.destroy();
    else response.end(Buffer.concat([held, frameEnd(asked)]));
  }
}

function read(route: Route, body: unknown, url: URL): SpeechRequest | HttpSpeech["failures"][number] {
  if (!isRecord(body)) return refusal(400, "invalid_json", "The body is no JSON object.");
  const problem = route.body(body, "");
  if (problem) return refusal(400, "invalid_request", wordsFor(problem));
  const asked = route.read(body, url);
  return typeof asked === "string" ? refusal(400, "invalid_request", `${asked}.`) : asked;
}

const refusal = (status: number, code: string, message: string) => ({
  status,
  body: JSON.stringify({ error: { code, message } }),
});

function wordsFor({ path, expected, reason }: Problem): string {
  if (reason === "unknown") return `Field '${path}' does not exist.`;
  return reason === "missing" ? `Field '${path}' is missing.` : `Field '${path}' must be ${expected}.`;
}
