import type { Deepgram } from "@deepgram/sdk";
import { type Answer, type ModelScript, nextAnswer, nextTranscript } from "../answer.js";
import { type Connection, parseJson } from "../connection.js";
import type { Encoding } from "../encoding.js";
import { Heard } from "../heard.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import { isRecord } from "../shape.js";
import type { Spoken } from "../spoken.js";
import { AgentReply, type ReplyWorld } from "./agent-reply.js";
import { type ClientMessage, clientMessages, type ServerMessage, type Settings } from "./messages.js";

/** What a connection needs of its server. */
export interface AgentWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  /** Seconds without audio or a message after which the service closes. */
  idleSeconds: number;
  serial(): number;
}

/** A fatal error: the service says it, then closes [L]. */
interface Wrong {
  code: string;
  description: string;
}

const unparsable: Wrong = {
  code: "UNPARSABLE_CLIENT_MESSAGE",
  description: "Text message received from client did not match any of the formats we expect.",
};

const encodings: Record<string, Encoding> = { linear16: "s16le", mulaw: "mulaw", alaw: "alaw" };

/** One conversation with an agent. */
export class AgentSocket {
  readonly connection: Connection;
  /** The caller's audio: 24 kHz linear16, unless the settings say otherwise. */
  readonly heard = new Heard(24_000, "s16le");
  /** The settings, once they were applied. */
  settings: Settings | undefined;
  /** Results of functions, in order. */
  readonly results: Deepgram.agent.AgentV1SendFunctionCallResponse[] = [];
  readonly #world: AgentWorld;
  readonly #calls = new Map<string, { name: string; done: () => void }>();
  readonly #cancelled = new Set<string>();
  readonly #queued: Answer[] = [];
  #reply: AgentReply | undefined;
  #speaking = false;
  #touched: number;
  #answers = 0;
  #turns = 0;

  constructor(world: AgentWorld, connection: Connection) {
    this.#world = world;
    this.connection = connection;
    this.#touched = world.clock.now();
    connection.listen((data, binary) => {
      this.#touched = world.clock.now();
      const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
      connection.record(message, binary);
      const wrong = binary ? this.#hear(data) : this.#judge(message);
      if (wrong) this.refuse(wrong);
    });
    this.send({ type: "Welcome", request_id: `request_${world.serial()}` });
    void this.#watch();
  }

  /** Whether the agent's audio is leaving, or it waits for a function. */
  get answering(): boolean {
    return this.#reply !== undefined;
  }

  /** Sends a message. */
  send(message: ServerMessage): void {
    this.connection.send(message);
  }

  /** Reports what is wrong and closes. */
  refuse({ code, description }: Wrong): void {
    this.connection.refusals.push(`${code}: ${description}`);
    this.send({ type: "Error", code, description });
    this.connection.close(1008, code);
  }

  /** Replies now; what the agent was saying is stopped. */
  respond(answer: Answer = nextAnswer(this.#world.script, ++this.#answers)): void {
    this.interrupt();
    const reply = new AgentReply(this.#replyWorld());
    this.#reply = reply;
    void reply.run(answer, this.connection.signal).then((drop) => {
      if (drop) this.connection.drop();
      if (this.#reply !== reply) return;
      this.#reply = undefined;
      const next = this.#queued.shift();
      if (next) this.respond(next);
    });
  }

  /** Stops what the agent is saying. */
  interrupt(): void {
    const functions = [...this.#calls].map(([id, { name }]) => ({ id, name }));
    if (functions.length > 0) this.send({ type: "FunctionCallCancelled", functions });
    for (const { id } of functions) this.#cancelled.add(id);
    this.#calls.clear();
    this.#reply?.interrupt();
    this.#reply = undefined;
  }

  /** The caller starts to speak. */
  callerStarts(): void {
    this.#speaking = true;
    this.send({ type: "UserStartedSpeaking" });
    if (this.#world.script.interrupts) this.interrupt();
  }

  /** The caller stops: the turn is reported and answered. */
  callerStops(): void {
    this.#speaking = false;
    this.#report("user", nextTranscript(this.#world.script, ++this.#turns));
    this.respond();
  }

  #hear(data: Buffer): Wrong | undefined {
    if (!this.settings) return { code: "AUDIO_BEFORE_SETTINGS", description: "Audio arrived before the settings." };
    const noticed = this.heard.add(data);
    for (const { type } of this.#world.script.detects ? noticed : [])
      if (type === "started") this.callerStarts();
      else this.callerStops();
    return undefined;
  }

  #judge(message: unknown): Wrong | undefined {
    if (!isRecord(message) || !Object.hasOwn(clientMessages, String(message.type))) return unparsable;
    if (clientMessages[String(message.type)](message, "")) return unparsable;
    return this.#receive(message as unknown as ClientMessage);
  }

  #receive(message: ClientMessage): Wrong | undefined {
    if (message.type === "Settings") return this.#begin(message);
    if (message.type === "KeepAlive") return undefined;
    if (!this.settings) return { code: "SETTINGS_REQUIRED", description: "The first message is Settings." };
    switch (message.type) {
      case "FunctionCallResponse":
        return this.#result(message);
      case "InjectUserMessage":
        this.#report("user", message.content);
        this.respond();
        return undefined;
      case "InjectAgentMessage":
        this.#inject(message);
        return undefined;
      case "ForceEndTurn":
        if (this.#speaking) this.callerStops();
        return undefined;
      case "UpdatePrompt":
        this.send({ type: "PromptUpdated" });
        return undefined;
      case "UpdateSpeak":
        this.send({ type: "SpeakUpdated" });
        return undefined;
      case "UpdateThink":
        this.send({ type: "ThinkUpdated" });
        return undefined;
      case "UpdateListen":
        this.send({ type: "ListenUpdated" });
        return undefined;
      default:
        return message satisfies never;
    }
  }

  #begin(settings: Settings): Wrong | undefined {
    if (this.settings)
      return { code: "SETTINGS_ALREADY_APPLIED", description: "The settings have been applied already." };
    this.settings = settings;
    const { encoding = "linear16", sample_rate = 24_000 } = settings.audio.input ?? {};
    this.heard.encoding = encodings[encoding];
    this.heard.sampleRate = sample_rate;
    this.send({ type: "SettingsApplied" });
    const text = settings.agent.greeting;
    if (this.#world.script.greeting || text) this.respond({ ...this.#world.script.greeting, ...(text && { text }) });
    return undefined;
  }

  #inject({ message, behavior = "default" }: Deepgram.agent.AgentV1InjectAgentMessage): void {
    const answer: Answer = { text: message, seconds: Math.max(0.3, message.length * 0.06) };
    const busy = this.#speaking || this.#reply !== undefined;
    if (busy && behavior === "default")
      this.send({ type: "InjectionRefused", message: "A turn is in progress, so the message was not said." });
    else if (this.#reply && behavior === "queue") this.#queued.push(answer);
    else this.respond(answer);
  }

  #result(message: Deepgram.agent.AgentV1SendFunctionCallResponse): Wrong | undefined {
    const id = message.id ?? "";
    const call = this.#calls.get(id);
    if ((!call && !this.#cancelled.has(id)) || (call && call.name !== message.name))
      return { code: "UNKNOWN_FUNCTION_CALL", description: "The response belongs to no function call." };
    this.results.push(message);
    this.#calls.delete(id);
    call?.done();
    return undefined;
  }

  #report(role: "user" | "assistant", content: string): void {
    this.send({ type: "ConversationText", role, content });
    if (this.settings?.flags?.history !== false) this.send({ type: "History", role, content });
  }

  async #watch(): Promise<void> {
    const { clock, idleSeconds } = this.#world;
    for (;;) {
      const left = this.#touched + idleSeconds - clock.now();
      if (left <= 0) break;
      if (!(await elapsed(clock, left, this.connection.signal))) return;
    }
    const description = "We did not receive audio or a message within our timeout.";
    this.refuse({ code: "CLIENT_MESSAGE_TIMEOUT", description });
  }

  #replyWorld(): ReplyWorld {
    const { clock, script, spoken } = this.#world;
    const { encoding = "linear16", sample_rate = 24_000 } = this.settings?.audio.output ?? {};
    return {
      clock,
      script,
      spoken,
      encoding: encodings[encoding],
      sampleRate: sample_rate,
      experimental: this.settings?.experimental === true,
      send: (message) => this.send(message),
      sendAudio: (bytes) => this.connection.sendRaw(bytes),
      report: (role, content) => this.#report(role, content),
      call: ({ name, arguments: given }, signal) => {
        const id = `func_${this.#world.serial()}`;
        const done = new Promise<void>((resolve) => {
          this.#calls.set(id, { name, done: resolve });
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        const call = { id, name, arguments: JSON.stringify(given), client_side: true };
        this.send({ type: "FunctionCallRequest", functions: [call] });
        return done;
      },
      answerNumber: () => ++this.#answers,
    };
  }
}
