import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import { type Answer, nextAnswer, nextTranscript } from "../answer.js";
import { type Connection, parseJson } from "../connection.js";
import { fromBase64 } from "../encoding.js";
import { Heard } from "../heard.js";
import { isRecord } from "../shape.js";
import { Conversation, refusal } from "./conversation.js";
import type { ErrorBody, Settings, Unsent } from "./dialect.js";
import { runItemCommand } from "./item-commands.js";
import { type Cancellation, Response } from "./response.js";
import { responseHost } from "./response-host.js";
import type { SessionWorld } from "./session-world.js";
import { lay } from "./settings.js";
import { transcription } from "./transcription.js";
import { problemError, unknownEvent } from "./wording.js";

/** Seconds of audio that a commit needs [L: OpenAI's error for an empty buffer names 100 ms]. */
const leastCommit = 0.1;

/** One connection's conversation with the model. */
export class RealtimeSession {
  readonly connection: Connection;
  readonly conversation = new Conversation();
  /** The caller's audio. */
  readonly heard: Heard;
  /** The session's settings, as the client would read them in `session.updated`. */
  config: Record<string, unknown>;
  readonly #world: SessionWorld;
  #response: Response | undefined;
  #turn: string | undefined;
  #buffered = 0;
  #answers = 0;
  #turns = 0;

  constructor(world: SessionWorld, connection: Connection, fixed: Record<string, unknown> = {}) {
    this.#world = world;
    this.connection = connection;
    this.config = lay(world.dialect.initial, fixed);
    const { input, detection } = this.settings;
    this.heard = new Heard(input.sampleRate, input.encoding, detection?.silenceSeconds);
    connection.listen((data, binary) => this.#frame(data, binary));
    this.send({ type: "session.created", session: this.config as unknown as RealtimeSessionCreateRequest });
    const conversation = { id: this.#id("conv"), object: "realtime.conversation" as const };
    if (world.dialect.name === "xai") this.send({ type: "conversation.created", conversation });
  }

  /** The settings in a form that does not depend on the service. */
  get settings(): Settings {
    return this.#world.dialect.settings(this.config);
  }

  /** Whether the model is answering. */
  get answering(): boolean {
    return this.#response !== undefined;
  }

  /** Sends an event. */
  send(event: Unsent): void {
    this.connection.send({ event_id: this.#id("event"), ...event });
  }

  /** Sends an error. */
  refuse(error: ErrorBody, eventId: unknown = null): void {
    this.connection.refusals.push(error.message);
    this.send({ type: "error", error: { ...error, event_id: typeof eventId === "string" ? eventId : null } });
  }

  /** Ends the session as the service does when it has lasted its longest. */
  expire(): void {
    const minutes = Math.round(this.#world.dialect.sessionSeconds / 60);
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.refuse(refusal("session_expired", message));
    this.connection.close(1001, message);
  }

  /** Answers now, as after a turn of the caller. */
  respond(given?: Answer, textOnly = this.settings.textOnly): void {
    if (this.#response) {
      const message = "Conversation already has an active response in progress.";
      this.refuse(refusal("conversation_already_has_active_response", message));
      return;
    }
    const answer = given ?? nextAnswer(this.#world.script, ++this.#answers);
    const response = new Response(
      responseHost(this, this.#world, (kind) => this.#id(kind)),
      answer,
      textOnly,
    );
    this.#response = response;
    void response.run(this.connection.signal).then((drop) => {
      if (this.#response === response) this.#response = undefined;
      if (drop) this.connection.drop();
    });
  }

  /** The caller starts to speak. */
  callerStarts(atSeconds = this.heard.seconds): void {
    this.#turn = this.#id("item");
    const audio_start_ms = Math.round(atSeconds * 1000);
    this.send({ type: "input_audio_buffer.speech_started", audio_start_ms, item_id: this.#turn });
    if (this.settings.detection?.interruptsResponse !== false && this.#world.script.interrupts)
      this.#cancel("turn_detected");
  }

  /** The caller stops: the turn is committed and, if the settings say so, answered. */
  callerStops(atSeconds = this.heard.seconds): void {
    const item = this.#turn ?? this.#id("item");
    this.#turn = undefined;
    const audio_end_ms = Math.round(atSeconds * 1000);
    this.send({ type: "input_audio_buffer.speech_stopped", audio_end_ms, item_id: item });
    this.#commit(item);
    if (this.settings.detection?.createsResponse !== false) this.respond();
  }

  #frame(data: Buffer, binary: boolean): void {
    const event = binary ? data : (parseJson(data) ?? data.toString("utf8"));
    this.connection.record(event, binary);
    const error = binary ? this.#bytes(data) : this.#judge(event);
    if (error) this.refuse(error, isRecord(event) ? event.event_id : undefined);
  }

  #bytes(data: Buffer): ErrorBody | undefined {
    if (!this.settings.binary.input)
      return refusal("invalid_frame", "Binary frames are audio, and the transport is JSON.");
    this.#hear(data);
    return undefined;
  }

  #judge(event: unknown): ErrorBody | undefined {
    if (!isRecord(event)) return refusal("invalid_json", "The message is no JSON object.");
    const { events } = this.#world;
    const { type } = event;
    if (typeof type !== "string" || !Object.hasOwn(events, type)) return unknownEvent(type, Object.keys(events));
    const problem = events[type](event, "");
    return problem ? problemError(problem) : this.#receive(event as unknown as RealtimeClientEvent);
  }

  #receive(event: RealtimeClientEvent): ErrorBody | undefined {
    switch (event.type) {
      case "session.update":
        return this.#update(event.session as unknown as Record<string, unknown>);
      case "input_audio_buffer.append": {
        const bytes = fromBase64(event.audio);
        if (!bytes) return refusal("invalid_value", "Invalid 'audio'. Expected base64-encoded audio bytes.", "audio");
        this.#hear(bytes);
        return undefined;
      }
      case "input_audio_buffer.commit":
        return this.#commit(this.#id("item"), true);
      case "input_audio_buffer.clear":
        this.#buffered = 0;
        this.#turn = undefined;
        this.send({ type: "input_audio_buffer.cleared" });
        return undefined;
      case "output_audio_buffer.clear":
        return refusal("invalid_value", "output_audio_buffer.clear is an event of WebRTC and SIP.", "type");
      case "response.create":
        this.respond(undefined, event.response?.output_modalities?.[0] === "text" || this.settings.textOnly);
        return undefined;
      case "response.cancel":
        if (this.#cancel("client_cancelled", event.response_id)) return undefined;
        return refusal("response_cancel_not_active", "Cancellation failed: no active response found");
      default: {
        const done = runItemCommand(this.conversation, event, () => this.#id("item"));
        if (!Array.isArray(done)) return done;
        for (const confirmed of done) this.send(confirmed);
        return undefined;
      }
    }
  }

  #update(session: Record<string, unknown>): ErrorBody | undefined {
    const before = this.settings;
    const config = lay(this.config, session);
    const after = this.#world.dialect.settings(config);
    const spoke = this.conversation.items.some(({ spoken }) => (spoken?.sentBytes ?? 0) > 0);
    if (spoke && JSON.stringify(before.voice) !== JSON.stringify(after.voice))
      return refusal("cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.");
    this.config = config;
    this.heard.sampleRate = after.input.sampleRate;
    this.heard.encoding = after.input.encoding;
    this.heard.silenceSeconds = after.detection?.silenceSeconds ?? this.heard.silenceSeconds;
    this.send({ type: "session.updated", session: config as unknown as RealtimeSessionCreateRequest });
    return undefined;
  }

  #hear(bytes: Buffer): void {
    const before = this.heard.seconds;
    const noticed = this.heard.add(bytes);
    this.#buffered += this.heard.seconds - before;
    if (!this.settings.detection || !this.#world.script.detects) return;
    for (const { type, atSeconds } of noticed)
      if (type === "started") this.callerStarts(atSeconds);
      else this.callerStops(atSeconds);
  }

  #commit(id: string, asked = false): ErrorBody | undefined {
    if (asked && this.#buffered < leastCommit) {
      const has = Math.round(this.#buffered * 1000);
      const message = `Error committing input audio buffer: expected at least 100ms of audio, but it has ${has}ms.`;
      return refusal("input_audio_buffer_commit_empty", message);
    }
    const seconds = this.#buffered;
    this.#buffered = 0;
    const previous_item_id = this.conversation.items.at(-1)?.id ?? null;
    this.send({ type: "input_audio_buffer.committed", item_id: id, previous_item_id });
    const content = [{ type: "input_audio" as const, transcript: "" }];
    const item: ConversationItem = { id, type: "message", role: "user", status: "completed", content };
    this.conversation.add(id, item);
    this.send({ type: "conversation.item.added", item, previous_item_id });
    const transcript = nextTranscript(this.#world.script, ++this.#turns);
    for (const event of transcription(id, transcript, seconds, this.settings.transcription)) this.send(event);
    return undefined;
  }

  #cancel(reason: Cancellation, id?: string): boolean {
    if (!this.#response || (id !== undefined && id !== this.#response.id)) return false;
    this.#response.cancel(reason);
    return true;
  }

  #id(kind: string): string {
    return `${kind}_${this.#world.serial()}`;
  }
}
