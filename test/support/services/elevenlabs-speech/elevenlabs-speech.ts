import type { IncomingMessage, ServerResponse } from "node:http";
import type { SingleUseTokenResponseModel } from "@elevenlabs/elevenlabs-js/serialization/types/SingleUseTokenResponseModel";
import type { WebSocket } from "ws";
import { Connection, parseJson } from "../connection.js";
import type { Encoding } from "../encoding.js";
import { type Admission, type Handshake, Host } from "../host.js";
import { Secrets } from "../secrets.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import { type SpeechScript, speechScript } from "../speech-script.js";
import type { Spoken } from "../spoken.js";
import { MultiStreamInput } from "./multi-stream-input.js";
import { invalid, refuse, type Wrong } from "./refuse.js";
import { StreamInput } from "./stream-input.js";
import type { VoiceSettings } from "./voice.js";

/** Seconds that a single-use token lives [C/L]. */
const tokenSeconds = 900;
/** Seconds without a message after which the service closes, by default and at most [L]. */
const inactivity = { standard: 20, most: 180 };

/** How the server is started. */
export interface ElevenLabsSpeechOptions {
  clock?: ServiceClock;
  script?: Partial<SpeechScript>;
  /** Voices that there are. Default: every one. */
  voices?: readonly string[];
}

/** ElevenLabs' text to speech over WebSocket: `stream-input` and `multi-stream-input`. */
export class ElevenLabsSpeech {
  readonly script: SpeechScript;
  /** Single-use tokens: `service.token()`. */
  readonly secrets: Secrets;
  readonly apiKey = "sk_elevenlabs_server_key";
  /** Connections that were let in, in order. */
  readonly inputs: (StreamInput | MultiStreamInput)[] = [];
  /** Handshakes that were not. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, a generation each, in order. `id` is the context, or "stream". */
  readonly spoken: Spoken[] = [];
  readonly #options: ElevenLabsSpeechOptions;
  readonly #clock: ServiceClock;
  #host!: Host;

  private constructor(options: ElevenLabsSpeechOptions) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.script = speechScript(options.script ?? {}, "chunk");
    this.secrets = new Secrets(this.#clock, "sutkn_");
  }

  /** Starts it. */
  static async listen(options: ElevenLabsSpeechOptions = {}): Promise<ElevenLabsSpeech> {
    const service = new ElevenLabsSpeech(options);
    service.#host = await Host.listen({
      admit: (handshake) => service.#admit(handshake),
      connect: (socket, handshake) => service.#connect(socket, handshake),
      request: (request, response) => service.#request(request, response),
    });
    return service;
  }

  /** Where a page connects, with its settings in the query. */
  url(kind: "stream-input" | "multi-stream-input", query: Record<string, string> = {}, voiceId = "voice_a"): string {
    const search = new URLSearchParams(query);
    return `ws://127.0.0.1:${this.#host.port}/v1/text-to-speech/${voiceId}/${kind}?${search}`;
  }

  /** Where a server makes tokens. */
  get tokenUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/v1/single-use-token/tts_websocket`;
  }

  /** A token for one connection within 15 minutes. */
  token(): string {
    return this.secrets.make({ expiresIn: tokenSeconds, uses: 1 });
  }

  /** The newest connection. */
  get input(): StreamInput | MultiStreamInput {
    const input = this.inputs.at(-1);
    if (!input) throw new Error("No client has connected.");
    return input;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit({ url }: Handshake): Admission {
    const known = /^\/v1\/text-to-speech\/[^/]+\/(multi-)?stream-input$/.test(url.pathname);
    return known ? {} : { status: 404, body: "{}" };
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const settings = readSettings(handshake.url);
    const wrong = this.#judge(handshake, settings);
    if (wrong || "error" in settings) {
      const why = wrong ?? (settings as Wrong);
      this.refused.push({ reason: why.error, handshake });
      refuse(connection, why);
      return;
    }
    const trusted = handshake.url.searchParams.has("single_use_token") || handshake.headers["xi-api-key"] !== undefined;
    const admit = (key: string | null | undefined): boolean => trusted || key === this.apiKey;
    const voice = { clock: this.#clock, script: this.script, spoken: this.spoken, settings };
    const multi = handshake.url.pathname.endsWith("/multi-stream-input");
    const input = multi ? new MultiStreamInput(connection, voice, admit) : new StreamInput(connection, voice, admit);
    this.inputs.push(input);
    let touched = this.#clock.now();
    connection.listen((data, binary) => {
      touched = this.#clock.now();
      const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
      connection.record(message, binary);
      const bad = binary ? invalid("Binary frames are not accepted.") : input.receive(message);
      if (bad) refuse(connection, bad);
    });
    if (!multi) void this.#watch(connection, settings.inactivitySeconds, () => touched);
  }

  #judge({ url, headers }: Handshake, settings: VoiceSettings | Wrong): Wrong | undefined {
    const token = url.searchParams.get("single_use_token");
    const refusal = token === null ? undefined : this.secrets.use(token);
    if (refusal) return { error: "invalid_token", message: `The single use token is ${refusal}.` };
    const header = headers["xi-api-key"];
    if (token === null && header !== undefined && header !== this.apiKey)
      return { error: "invalid_api_key", message: "Invalid API key." };
    const { voices } = this.#options;
    if (!voices || "error" in settings || voices.includes(settings.voiceId)) return undefined;
    const message = `A voice with voice_id ${settings.voiceId} does not exist.`;
    return { error: "voice_id_does_not_exist", message };
  }

  async #watch(connection: Connection, seconds: number, touched: () => number): Promise<void> {
    for (;;) {
      const left = touched() + seconds - this.#clock.now();
      if (left <= 0) break;
      if (!(await elapsed(this.#clock, left, connection.signal))) return;
    }
    const message = `Have not received a new text input within the timeout of ${seconds} seconds.`;
    refuse(connection, { error: "input_timeout_exceeded", message });
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const made = (): SingleUseTokenResponseModel.Raw => ({ token: this.token() });
    if (request.method !== "POST" || request.url !== "/v1/single-use-token/tts_websocket") answer(404, {});
    else if (request.headers["xi-api-key"] === this.apiKey) answer(200, made());
    else answer(401, { detail: { status: "invalid_api_key", message: "Invalid API key" } });
  }
}

function readSettings({ pathname, searchParams }: URL): VoiceSettings | Wrong {
  const bad = (message: string): Wrong => ({ error: "invalid_parameter", message });
  const format = searchParams.get("output_format") ?? "mp3_44100_128";
  const [, name, rate] = /^(pcm|ulaw|alaw)_(8000|16000|22050|24000|44100|48000)$/.exec(format) ?? [];
  // The service has MP3 and Opus too; this server makes neither.
  if (!name || (name !== "pcm" && rate !== "8000")) return bad(`output_format ${format} is not supported here.`);
  const encodings: Record<string, Encoding> = { pcm: "s16le", ulaw: "mulaw", alaw: "alaw" };
  const inactivitySeconds = Number(searchParams.get("inactivity_timeout") ?? inactivity.standard);
  if (!(inactivitySeconds > 0 && inactivitySeconds <= inactivity.most))
    return bad(`inactivity_timeout must be a number up to ${inactivity.most}.`);
  return {
    voiceId: pathname.split("/")[3],
    encoding: encodings[name],
    sampleRate: Number(rate),
    aligned: searchParams.get("sync_alignment") === "true",
    auto: searchParams.get("auto_mode") === "true",
    inactivitySeconds,
  };
}
