import type { ClientToolResult, ConversationInitiation, ErrorEvent } from "@elevenlabs/types";
import { type Answer, nextAnswer, nextTranscript } from "../answer.js";
import { type Connection, parseJson } from "../connection.js";
import { fromBase64 } from "../encoding.js";
import { Heard } from "../heard.js";
import { elapsed } from "../service-clock.js";
import { isRecord } from "../shape.js";
import { AgentAnswer, type AnswerWorld } from "./agent-answer.js";
import { type AgentWorld, formatOf } from "./agent-world.js";
import { type ClientMessage, clientMessages, type ServerMessage, userAudio } from "./messages.js";

/** What is wrong with a message: the service says so in an error event, then closes [L]. */
type Wrong = Pick<ErrorEvent, "code" | "error_type" | "message">;

const invalid = (message: string): Wrong => ({ code: 1008, error_type: "invalid_message", message });

/** One conversation with an agent. */
export class AgentSession {
  readonly connection: Connection;
  /** The caller's audio. */
  readonly heard: Heard;
  /** What the client began with. */
  initiation: ConversationInitiation | undefined;
  /** Results of tools, in order. */
  readonly results: ClientToolResult[] = [];
  /** Pings that were answered. */
  pongs = 0;
  readonly #world: AgentWorld;
  readonly #calls = new Map<string, (result: ClientToolResult | undefined) => void>();
  readonly #expired = new Set<string>();
  readonly #pings = new Map<number, number>();
  #answer: AgentAnswer | undefined;
  #events = 0;
  #answers = 0;
  #turns = 0;

  constructor(world: AgentWorld, connection: Connection) {
    this.#world = world;
    this.connection = connection;
    const { encoding, sampleRate } = formatOf(world.input);
    this.heard = new Heard(sampleRate, encoding);
    connection.listen((data, binary) => {
      const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
      connection.record(message, binary);
      const wrong = binary ? invalid("Messages are JSON in text frames.") : this.#judge(message);
      if (wrong) this.refuse(wrong);
    });
  }

  /** Whether the agent speaks, or what it said is still being played. */
  get answering(): boolean {
    return this.#answer !== undefined;
  }

  /** Sends a message. */
  send(message: ServerMessage): void {
    this.connection.send(message);
  }

  /** Reports what is wrong and closes. */
  refuse(error: Wrong): void {
    this.connection.refusals.push(error.message ?? "");
    this.send({ type: "error", error_event: error });
    this.connection.close(error.code, (error.message ?? "").slice(0, 120));
  }

  /** Answers now; what the agent was saying is interrupted. */
  respond(given: Answer = nextAnswer(this.#world.script, ++this.#answers)): void {
    this.interrupt();
    const answer = new AgentAnswer(this.#answerWorld());
    this.#answer = answer;
    void answer.run(given, this.connection.signal).then((drop) => {
      if (this.#answer === answer) this.#answer = undefined;
      if (drop) this.connection.drop();
    });
  }

  /** Interrupts what the agent is saying, if it is still being played. Every audio event up to the id is to be dropped [C]. */
  interrupt(): void {
    const answer = this.#answer;
    if (!answer) return;
    this.#answer = undefined;
    answer.interrupt();
    for (const end of this.#calls.values()) end(undefined);
    const late = [...answer.late(this.#world.latePieces)].map((audio_base_64) => ({
      audio_base_64,
      event_id: ++this.#events,
    }));
    this.send({ type: "interruption", interruption_event: { event_id: ++this.#events } });
    for (const audio_event of late) this.send({ type: "audio", audio_event });
    const heard = answer.heard();
    if (!heard) return;
    const { original, corrected, eventId } = heard;
    this.send({
      type: "agent_response_correction",
      agent_response_correction_event: {
        original_agent_response: original,
        corrected_agent_response: corrected,
        event_id: eventId,
      },
    });
  }

  /** The caller starts to speak. */
  callerStarts(): void {
    if (this.#world.script.interrupts) this.interrupt();
  }

  /** The caller stops: the turn is transcribed and answered. */
  callerStops(): void {
    const user_transcript = nextTranscript(this.#world.script, ++this.#turns);
    const event_id = ++this.#events;
    const [first] = user_transcript.split(" ");
    this.send({
      type: "tentative_user_transcript",
      tentative_user_transcription_event: { user_transcript: first, event_id },
    });
    this.send({ type: "user_transcript", user_transcription_event: { user_transcript, event_id } });
    this.respond();
  }

  #judge(message: unknown): Wrong | undefined {
    if (!isRecord(message)) return invalid("The message is no JSON object.");
    if (message.type === undefined) return this.#audio(message);
    const kinds = clientMessages as Readonly<Record<string, (typeof clientMessages)["pong"]>>;
    const kind = String(message.type);
    if (!Object.hasOwn(kinds, kind)) return invalid(`There is no message type '${kind}'.`);
    const problem = kinds[kind](message, "");
    if (problem) return invalid(`Field '${problem.path}' is wrong: expected ${problem.expected}.`);
    return this.#receive(message as unknown as ClientMessage);
  }

  #audio(message: Record<string, unknown>): Wrong | undefined {
    const problem = userAudio(message, "");
    if (problem) return invalid(`Field '${problem.path}' is wrong: expected ${problem.expected}.`);
    if (!this.initiation) return invalid("The first message is conversation_initiation_client_data.");
    const bytes = fromBase64(String(message.user_audio_chunk));
    if (!bytes) return invalid("Field 'user_audio_chunk' is no base64.");
    const noticed = this.heard.add(bytes);
    for (const { type } of this.#world.script.detects ? noticed : [])
      if (type === "started") this.callerStarts();
      else this.callerStops();
    return undefined;
  }

  #receive(message: ClientMessage): Wrong | undefined {
    if (message.type === "conversation_initiation_client_data") return this.#begin(message);
    if (!this.initiation) return invalid("The first message is conversation_initiation_client_data.");
    if (message.type === "pong") return this.#pong(message.event_id);
    if (message.type === "client_tool_result") return this.#result(message);
    if (message.type === "user_message" && message.text) this.respond();
    if (message.type === "feedback" && message.event_id > this.#events)
      return invalid(`There is no event ${message.event_id}.`);
    return undefined;
  }

  #begin(message: ConversationInitiation): Wrong | undefined {
    if (this.initiation) return invalid("The conversation has begun already.");
    const { forbidsOverrides, requiredVariables, input, output, script } = this.#world;
    if (forbidsOverrides && Object.keys(message.conversation_config_override ?? {}).length > 0)
      return { code: 1008, error_type: "override_error", message: "The agent's settings forbid overrides." };
    const missing = requiredVariables.filter((name) => message.dynamic_variables?.[name] === undefined);
    if (missing.length > 0) {
      const words = `Missing required dynamic variables: ${missing.join(", ")}.`;
      return { code: 1008, error_type: "missing_dynamic_variable", message: words };
    }
    this.initiation = message;
    this.send({
      type: "conversation_initiation_metadata",
      conversation_initiation_metadata_event: {
        conversation_id: `conv_${this.#world.serial()}`,
        agent_output_audio_format: output,
        user_input_audio_format: input,
      },
    });
    const text = message.conversation_config_override?.agent?.first_message;
    if (script.greeting || text) this.respond({ ...script.greeting, ...(text && { text }) });
    void this.#ping();
    return undefined;
  }

  #pong(id: number): Wrong | undefined {
    if (!this.#pings.delete(id)) return invalid(`There is no ping ${id}.`);
    this.pongs++;
    return undefined;
  }

  #result(message: ClientToolResult): Wrong | undefined {
    const done = this.#calls.get(message.tool_call_id);
    if (!done && !this.#expired.has(message.tool_call_id))
      return invalid(`There is no call '${message.tool_call_id}'.`);
    this.results.push(message);
    done?.(message);
    return undefined;
  }

  async #ping(): Promise<void> {
    const { clock, pingSeconds, pongSeconds } = this.#world;
    const { signal } = this.connection;
    while (pingSeconds > 0 && (await elapsed(clock, pingSeconds, signal))) {
      const oldest = Math.min(...this.#pings.values());
      if (clock.now() - oldest >= pongSeconds) {
        this.refuse({ code: 1008, error_type: "websocket_disconnect", message: "A ping was not answered." });
        return;
      }
      const event_id = ++this.#events;
      this.#pings.set(event_id, clock.now());
      this.send({ type: "ping", ping_event: { event_id, ping_ms: 20 } });
    }
  }

  #answerWorld(): AnswerWorld {
    const { clock, script, spoken, output, aligned } = this.#world;
    return {
      clock,
      script,
      spoken,
      aligned,
      ...formatOf(output),
      send: (message) => this.send(message),
      eventId: () => ++this.#events,
      call: (tool, signal) => this.#call(tool, signal),
      answerNumber: () => ++this.#answers,
    };
  }

  async #call({ name, arguments: parameters }: NonNullable<Answer["tool"]>, signal: AbortSignal) {
    const tool_call_id = `call_${this.#world.serial()}`;
    const result = new Promise<ClientToolResult | undefined>((resolve) => this.#calls.set(tool_call_id, resolve));
    const client_tool_call = { tool_name: name, tool_call_id, parameters, event_id: ++this.#events };
    this.send({ type: "client_tool_call", client_tool_call });
    const late = elapsed(this.#world.clock, this.#world.toolSeconds, signal).then(() => undefined);
    const first = await Promise.race([result, late]);
    this.#calls.delete(tool_call_id);
    this.#expired.add(tool_call_id);
    return first;
  }
}
