import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type {
  ConversationItem,
  ConversationItemTruncateEvent,
  RealtimeClientEvent,
  RealtimeResponse,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../src/flow/clock.js";

/** What the model answers: sound, words, a tool call, or a failure. */
export interface Answer {
  pcm?: Int16Array;
  transcript?: string;
  /** An answer in text: no sound comes. */
  text?: string;
  /** A second item of sound, after the first. */
  more?: Int16Array;
  tool?: { name: string; arguments: string };
  failure?: { code: string; message: string };
}

/** How the server is. */
export interface ServerOptions {
  clock: Clock;
  /** One answer per response, in order. */
  answer(index: number): Answer;
  /** `beta`: the older session shape and event names. */
  dialect?: "ga" | "beta";
  /** Whether it cancels its answer when the caller speaks, as asked. False: a server that forgot to. */
  interrupts?: boolean;
  /** Whether a connection is let in at all; false answers the handshake with 503. */
  up?: () => boolean;
  /** Whether it notices speech in its input. False: a test says when the caller's turn is over. */
  detects?: boolean;
  /** Says nothing, ever. */
  silent?: boolean;
  /** Which secrets open a session. */
  accepts?: (secret: string) => boolean;
  /** Seconds of sound per delta, and how many times faster than real time they come. */
  deltaSeconds?: number;
  speed?: number;
  /** Deltas end in the middle of samples. */
  oddBytes?: boolean;
  /** Ends every connection at once, with this code and reason. */
  refuses?: () => { code: number; reason: string } | undefined;
  /** What the secret has fixed: the session before it is written. */
  fixed?: Record<string, unknown>;
  /** What `session.created` says of the session's end: seconds from now. */
  expiresInSeconds?: number;
}

/** Names of the older interface, where they differ. */
const olderNames: Record<string, string> = {
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
  "conversation.item.added": "conversation.item.created",
};

const rate = 24_000;
const bytesPerMs = (rate * 2) / 1000;
/** Window of the detector, and what it takes to begin. */
const windowFrames = 480;
const startWindows = 3;
const threshold = 0.02;

type Body<E> = E extends RealtimeServerEvent ? Omit<E, "event_id"> : never;

/** A model of OpenAI's Realtime service on a real WebSocket: its events are typed by the `openai` package. */
export class RealtimeServer {
  readonly sessions: Session[] = [];
  readonly options: ServerOptions;
  readonly #server: WebSocketServer;
  answers = 0;

  private constructor(options: ServerOptions, server: WebSocketServer) {
    this.options = options;
    this.#server = server;
    server.on("connection", (socket, request) => this.sessions.push(new Session(this, socket, request)));
  }

  static async listen(options: ServerOptions): Promise<RealtimeServer> {
    const server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      verifyClient: (_info, decide) => decide(options.up?.() ?? true, 503),
      handleProtocols: (protocols) => (protocols.has("realtime") ? "realtime" : false),
    });
    await new Promise((resolve) => server.once("listening", resolve));
    return new RealtimeServer(options, server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/realtime`;
  }

  get session(): Session {
    return this.sessions.at(-1)!;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Active {
  id: string;
  cancelled?: "turn_detected" | "client_cancelled";
}

interface AudioItem {
  id: string;
  sentBytes: number;
}

/** One connection. */
export class Session {
  /** What the client sent, audio left out, and when. */
  readonly received: { at: number; event: RealtimeClientEvent }[] = [];
  /** Every sample of the input. */
  readonly input: Int16Array[] = [];
  /** The same as it came. */
  readonly inputBytes: Buffer[] = [];
  readonly request: IncomingMessage;
  /** Errors that it answered with. */
  readonly refusals: string[] = [];
  readonly items: ConversationItem[] = [];
  config: Record<string, unknown>;
  framesIn = 0;
  framesOut = 0;
  open = true;
  /** Seconds of input that each explicit commit found in the buffer. */
  readonly commits: number[] = [];
  readonly #server: RealtimeServer;
  readonly #socket: WebSocket;
  readonly #audio = new Map<string, AudioItem>();
  #active: Active | undefined;
  #serial = 0;
  #loud = 0;
  #quiet = 0;
  #speaking: string | undefined;
  #inputFrames = 0;
  #bufferedFrames = 0;

  constructor(server: RealtimeServer, socket: WebSocket, request: IncomingMessage) {
    this.#server = server;
    this.#socket = socket;
    this.request = request;
    this.config =
      server.options.dialect === "beta"
        ? { modalities: ["text", "audio"], input_audio_format: "pcm16", turn_detection: { type: "server_vad" } }
        : { type: "realtime", output_modalities: ["audio"], audio: { input: {}, output: {} } };
    this.config = lay(this.config, server.options.fixed ?? {});
    socket.on("message", (data) => {
      this.framesIn++;
      this.#receive(JSON.parse(String(data)) as RealtimeClientEvent);
    });
    socket.on("close", () => {
      this.open = false;
    });
    const refusal = server.options.refuses?.();
    if (refusal) {
      socket.close(refusal.code, refusal.reason);
      return;
    }
    if (server.options.accepts?.(this.secret) === false) {
      this.#refuse("invalid_api_key", "Incorrect API key provided.");
      socket.close(3000, "invalid_request_error.invalid_api_key");
      return;
    }
    const { expiresInSeconds: left } = server.options;
    const expiry = left === undefined ? {} : { expires_at: Math.floor(Date.now() / 1000) + left };
    const session = { ...this.config, ...expiry } as unknown as RealtimeSessionCreateRequest;
    this.#send({ type: "session.created", session });
  }

  get secret(): string {
    const protocols = String(this.request.headers["sec-websocket-protocol"] ?? "");
    const bearer = String(this.request.headers.authorization ?? "").replace("Bearer ", "");
    return /openai-insecure-api-key\.([^,\s]+)/.exec(protocols)?.[1] ?? bearer;
  }

  /** The events of one type that came in. */
  of<T extends RealtimeClientEvent["type"]>(type: T): Extract<RealtimeClientEvent, { type: T }>[] {
    const events = this.received.map(({ event }) => event);
    return events.filter((event): event is Extract<RealtimeClientEvent, { type: T }> => event.type === type);
  }

  /** Whether a response is in the making. */
  get answering(): boolean {
    return this.#active !== undefined;
  }

  /** Breaks the connection without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  /** Ends the session as OpenAI does after its longest duration. */
  expire(): void {
    this.#refuse("session_expired", "Your session hit the maximum duration of 60 minutes.");
    this.#socket.close(1001, "Your session hit the maximum duration of 60 minutes.");
  }

  /** Ends the connection in its own way. */
  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Sends anything, for hostile servers. */
  raw(data: string | Buffer): void {
    this.framesOut++;
    this.#socket.send(data);
  }

  /** Begins a response by itself, as after a turn of the caller. */
  respond(answer?: Answer, metadata?: string): void {
    if (this.#active) {
      const words = "Conversation already has an active response in progress.";
      this.#refuse("conversation_already_has_active_response", words, metadata);
      return;
    }
    void this.#answer(answer ?? this.#server.options.answer(this.#server.answers++));
  }

  #send(event: Body<RealtimeServerEvent>): void {
    if (!this.open || this.#server.options.silent) return;
    const older = this.#server.options.dialect === "beta" ? olderNames[event.type] : undefined;
    this.framesOut++;
    this.#socket.send(JSON.stringify({ event_id: this.#id("event"), ...event, ...(older && { type: older }) }));
  }

  #refuse(code: string, message: string, eventId?: string): void {
    this.refusals.push(message);
    const error = { type: "invalid_request_error", code, message, param: null, event_id: eventId ?? null };
    this.#send({ type: "error", error });
  }

  #id(kind: string): string {
    return `${kind}_${this.#server.sessions.length}_${++this.#serial}`;
  }

  get #detection(): Record<string, unknown> | null {
    const { audio, turn_detection: older } = this.config as {
      audio?: { input?: { turn_detection?: Record<string, unknown> | null } };
      turn_detection?: Record<string, unknown> | null;
    };
    const detection = this.#server.options.dialect === "beta" ? older : audio?.input?.turn_detection;
    return detection === undefined ? { type: "server_vad" } : detection;
  }

  #receive(event: RealtimeClientEvent): void {
    if (event.type !== "input_audio_buffer.append") this.received.push({ at: this.#server.options.clock.now(), event });
    switch (event.type) {
      case "session.update":
        this.#update(event.session as unknown as Record<string, unknown>, event.event_id);
        break;
      case "input_audio_buffer.append":
        this.#hear(event.audio);
        break;
      case "input_audio_buffer.commit":
        this.commits.push(this.#bufferedFrames / rate);
        this.#bufferedFrames = 0;
        this.#commit(this.#id("item"));
        break;
      case "input_audio_buffer.clear":
        this.#bufferedFrames = 0;
        this.#send({ type: "input_audio_buffer.cleared" });
        break;
      case "response.create":
        this.respond(undefined, event.event_id);
        break;
      case "response.cancel":
        if (this.#active) this.#active.cancelled = "client_cancelled";
        else this.#refuse("response_cancel_not_active", "No active response.", event.event_id);
        break;
      case "conversation.item.create":
        this.items.push(event.item);
        this.#send({ type: "conversation.item.added", item: event.item });
        break;
      case "conversation.item.truncate":
        this.#truncate(event);
        break;
      case "conversation.item.delete":
        this.#delete(event.item_id);
        break;
      default:
        this.#refuse("invalid_value", `Invalid value: '${(event as { type: string }).type}'.`);
    }
  }

  #delete(item_id: string): void {
    const known = this.#audio.has(item_id) || this.items.some(({ id }) => id === item_id);
    if (!known) this.#refuse("item_delete_invalid_item_id", `No item ${item_id}.`);
    else this.#send({ type: "conversation.item.deleted", item_id });
  }

  #truncate({ item_id, content_index, audio_end_ms }: ConversationItemTruncateEvent): void {
    const item = this.#audio.get(item_id);
    const has = Math.floor((item?.sentBytes ?? 0) / bytesPerMs);
    if (!item) this.#refuse("item_truncate_invalid_item_id", `No item ${item_id}.`);
    else if (!Number.isInteger(audio_end_ms) || audio_end_ms <= 0)
      this.#refuse("invalid_type", "audio_end_ms must be an integer.");
    else if (audio_end_ms > has)
      this.#refuse("invalid_value", `Audio content of ${has}ms is already shorter than ${audio_end_ms}ms`);
    else this.#send({ type: "conversation.item.truncated", item_id, content_index, audio_end_ms });
  }

  #update(session: Record<string, unknown>, eventId?: string): void {
    const known =
      this.#server.options.dialect === "beta"
        ? /^(instructions|voice|speed|temperature|tools|tool_choice|turn_detection|input_audio_|output_audio_|modalities|max_response_output_tokens)/
        : /^(type|instructions|output_modalities|audio|tools|tool_choice|max_output_tokens|tracing|include)$/;
    const unknown = Object.keys(session).find((name) => !known.test(name));
    if (unknown) {
      this.#refuse("unknown_parameter", `Unknown parameter: 'session.${unknown}'.`, eventId);
      return;
    }
    if (this.#server.options.dialect !== "beta" && session.type !== "realtime") {
      this.#refuse("missing_required_parameter", "Missing required parameter: 'session.type'.", eventId);
      return;
    }
    this.config = lay(this.config, session);
    this.#send({ type: "session.updated", session: this.config as unknown as RealtimeSessionCreateRequest });
  }

  #hear(audio: string): void {
    const bytes = Buffer.from(audio, "base64");
    this.inputBytes.push(bytes);
    const { audio: config } = this.config as { audio?: { input?: { format?: { type?: string } } } };
    // The detector of this model reads PCM only.
    if ((config?.input?.format?.type ?? "audio/pcm") !== "audio/pcm") return;
    const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    this.input.push(samples);
    this.#bufferedFrames += samples.length;
    const detection = this.#detection;
    for (let at = 0; at < samples.length; at += windowFrames) {
      const window = samples.subarray(at, at + windowFrames);
      this.#inputFrames += window.length;
      const level = Math.sqrt(window.reduce((sum, x) => sum + (x / 32768) ** 2, 0) / window.length);
      this.#loud = level > threshold ? this.#loud + 1 : 0;
      this.#quiet = level > threshold ? 0 : this.#quiet + window.length / rate;
      if (detection && this.#server.options.detects !== false) this.#detect(detection);
    }
  }

  #detect(detection: Record<string, unknown>): void {
    const ms = Math.round((this.#inputFrames / rate) * 1000);
    if (!this.#speaking && this.#loud >= startWindows) {
      this.#speaking = this.#id("item");
      this.#send({ type: "input_audio_buffer.speech_started", audio_start_ms: ms, item_id: this.#speaking });
      const asked = detection.interrupt_response !== false && this.#server.options.interrupts !== false;
      if (this.#active && asked) this.#active.cancelled = "turn_detected";
    } else if (this.#speaking && this.#quiet >= Number(detection.silence_duration_ms ?? 500) / 1000) {
      const item = this.#speaking;
      this.#speaking = undefined;
      this.#send({ type: "input_audio_buffer.speech_stopped", audio_end_ms: ms, item_id: item });
      this.#commit(item);
      if (detection.create_response !== false) this.respond();
    }
  }

  #commit(item: string): void {
    this.#send({ type: "input_audio_buffer.committed", item_id: item, previous_item_id: null });
    const content = [{ type: "input_audio" as const, transcript: "" }];
    this.#send({ type: "conversation.item.added", item: { id: item, type: "message", role: "user", content } });
    const name = "conversation.item.input_audio_transcription";
    const place = { item_id: item, content_index: 0 };
    this.#send({ type: `${name}.delta`, ...place, delta: "caller's " });
    const usage = { type: "duration" as const, seconds: 1 };
    this.#send({ type: `${name}.completed`, ...place, transcript: `caller's words in ${item}`, usage });
  }

  /** Sends an item of sound, as fast as the options say. Returns it as it stands at its end. */
  async #say(response: Active, pcm: Int16Array, transcript: string, index: number): Promise<ConversationItem> {
    const { clock, deltaSeconds = 0.2, speed = 5, oddBytes } = this.#server.options;
    const id = this.#id("item");
    const item: AudioItem = { id, sentBytes: 0 };
    this.#audio.set(id, item);
    const place = { response_id: response.id, item_id: id, output_index: index, content_index: 0 };
    const { response_id, output_index } = place;
    const begun: ConversationItem = { id, type: "message", role: "assistant", content: [] };
    this.#send({ type: "response.output_item.added", response_id, output_index, item: begun });
    const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const step = deltaSeconds * rate * 2 + (oddBytes ? 1 : 0);
    const words = transcript.split(" ");
    const deltas = Math.ceil(bytes.length / step);
    for (let n = 0; n < deltas && !response.cancelled && this.open; n++) {
      const piece = bytes.subarray(n * step, (n + 1) * step);
      item.sentBytes += piece.length;
      this.#send({ type: "response.output_audio.delta", ...place, delta: piece.toString("base64") });
      const said = words.slice(Math.floor((n * words.length) / deltas), Math.floor(((n + 1) * words.length) / deltas));
      if (said.length > 0)
        this.#send({ type: "response.output_audio_transcript.delta", ...place, delta: `${said.join(" ")} ` });
      await clock.sleep(deltaSeconds / speed);
    }
    this.#send({ type: "response.output_audio.done", ...place });
    this.#send({ type: "response.output_audio_transcript.done", ...place, transcript });
    return { id, type: "message", role: "assistant", content: [{ type: "output_audio", transcript }] };
  }

  /** Sends an item of text in two pieces. */
  #write(response: Active, text: string): ConversationItem {
    const id = this.#id("item");
    const place = { response_id: response.id, item_id: id, output_index: 0, content_index: 0 };
    const half = Math.floor(text.length / 2);
    this.#send({ type: "response.output_text.delta", ...place, delta: text.slice(0, half) });
    this.#send({ type: "response.output_text.delta", ...place, delta: text.slice(half) });
    this.#send({ type: "response.output_text.done", ...place, text });
    return { id, type: "message", role: "assistant", content: [{ type: "output_text", text }] };
  }

  async #answer({ pcm, more, text, transcript = "", tool, failure }: Answer): Promise<void> {
    const response: Active = { id: this.#id("resp") };
    this.#active = response;
    const base: RealtimeResponse = { id: response.id, object: "realtime.response", status: "in_progress", output: [] };
    this.#send({ type: "response.created", response: base });
    const output: ConversationItem[] = [];
    if (pcm) output.push(await this.#say(response, pcm, transcript, 0));
    if (more && !response.cancelled) output.push(await this.#say(response, more, transcript, 1));
    if (text !== undefined) output.push(this.#write(response, text));
    if (tool && !response.cancelled) {
      const id = this.#id("item");
      const call = { call_id: this.#id("call"), name: tool.name, arguments: tool.arguments };
      const place = { response_id: response.id, item_id: id, output_index: output.length };
      this.#send({ type: "response.function_call_arguments.delta", ...place, call_id: call.call_id, delta: "{" });
      this.#send({ type: "response.function_call_arguments.done", ...place, ...call });
      output.push({ id, type: "function_call", ...call, status: "completed" });
      const { response_id, output_index } = place;
      this.#send({ type: "response.output_item.done", response_id, output_index, item: output.at(-1)! });
    }
    this.items.push(...output);
    this.#active = undefined;
    const status = failure ? "failed" : response.cancelled ? "cancelled" : "completed";
    const details = failure
      ? { type: "failed" as const, error: { type: "server_error", ...failure } }
      : response.cancelled
        ? { type: "cancelled" as const, reason: response.cancelled }
        : undefined;
    const done: RealtimeResponse = { ...base, status, output, ...(details && { status_details: details }) };
    this.#send({ type: "response.done", response: done });
  }
}

/** `over` on `base`, objects within objects included. */
function lay(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const laid = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = laid[name];
    const both = [below, value].every((each) => typeof each === "object" && each !== null && !Array.isArray(each));
    laid[name] = both ? lay(below as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return laid;
}
