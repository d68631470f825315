import type { FunctionResponse, LiveClientMessage, LiveClientRealtimeInput, LiveClientSetup } from "@google/genai";
import { type Answer, type ModelScript, nextAnswer, nextTranscript } from "../answer.js";
import { type Connection, parseJson } from "../connection.js";
import { fromBase64 } from "../encoding.js";
import { Heard } from "../heard.js";
import type { ServiceClock } from "../service-clock.js";
import { isRecord } from "../shape.js";
import type { Spoken } from "../spoken.js";
import { GeminiTurn, type TurnWorld } from "./gemini-turn.js";
import { clientMessage, type ServerMessage } from "./messages.js";
import { audioRate, type Wrong, wrongField } from "./refusal.js";

/** What a session needs of its server. */
export interface GeminiWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  models: readonly string[];
  serial(): number;
  /** Lets a session start: why not, or the setup that holds. */
  start(setup: LiveClientSetup): Wrong | LiveClientSetup;
  /** Remembers a state; returns its handle. */
  save(session: GeminiSession): string;
}

/** One connection's conversation with the model. */
export class GeminiSession {
  readonly connection: Connection;
  /** The caller's audio. */
  readonly heard = new Heard(16_000, "s16le");
  /** What the session was set up with, once it was. */
  setup: LiveClientSetup | undefined;
  /** Texts and contents that the client sent, in order. */
  readonly contents: unknown[] = [];
  /** Results of functions, in order. */
  readonly results: FunctionResponse[] = [];
  readonly #world: GeminiWorld;
  readonly #calls = new Map<string, { name: string; done: () => void }>();
  readonly #cancelled = new Set<string>();
  readonly #over = new WeakMap<GeminiTurn, Promise<unknown>>();
  #turn: GeminiTurn | undefined;
  #active = false;
  #answers = 0;
  #turns = 0;

  constructor(world: GeminiWorld, connection: Connection) {
    this.#world = world;
    this.connection = connection;
    connection.listen((data, binary) => {
      const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
      connection.record(message, binary);
      const wrong = binary ? { code: 1007, reason: "Client messages are JSON in text frames." } : this.#judge(message);
      if (wrong) this.refuse(wrong);
    });
  }

  /** Whether the model is in a turn: it generates, or what it said is still being played. */
  get answering(): boolean {
    return this.#turn !== undefined;
  }

  /** Sends a message, in a binary frame as the service does [C]. */
  send(message: ServerMessage): void {
    this.connection.send(message, true);
  }

  /** Closes with a reason. */
  refuse({ code, reason }: Wrong): void {
    this.connection.refusals.push(reason);
    this.connection.close(code, reason.slice(0, 120));
  }

  /** Answers now. What the model was saying is interrupted. */
  respond(answer: Answer = nextAnswer(this.#world.script, ++this.#answers)): void {
    this.interrupt();
    const turn = new GeminiTurn(this.#turnWorld());
    const before = this.#turn;
    this.#turn = turn;
    void this.#run(turn, answer, before);
  }

  /** Interrupts what the model is saying. */
  interrupt(): void {
    const ids = [...this.#calls.keys()];
    if (this.#turn && ids.length > 0) this.send({ toolCallCancellation: { ids } });
    for (const id of ids) this.#cancelled.add(id);
    this.#calls.clear();
    this.#turn?.interrupt();
  }

  /** The caller starts to speak. */
  callerStarts(): void {
    this.#active = true;
    if (this.#interrupts()) this.interrupt();
  }

  /** The caller stops: the turn is answered. */
  callerStops(): void {
    this.#active = false;
    const transcript = nextTranscript(this.#world.script, ++this.#turns);
    if (this.setup?.inputAudioTranscription)
      for (const text of transcript.match(/\S+\s*/g) ?? [])
        this.send({ serverContent: { inputTranscription: { text } } });
    this.respond();
  }

  async #run(turn: GeminiTurn, answer: Answer, before: GeminiTurn | undefined): Promise<void> {
    // The turn before says that it was interrupted first.
    if (before) await this.#over.get(before);
    this.#resumable(false);
    const ending = turn.run(answer, this.connection.signal);
    this.#over.set(turn, ending);
    if ((await ending) === "dropped") return this.connection.drop();
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    this.#resumable(true);
  }

  #resumable(resumable: boolean): void {
    if (!this.setup?.sessionResumption) return;
    const newHandle = resumable ? this.#world.save(this) : "";
    this.send({ sessionResumptionUpdate: { newHandle, resumable } });
  }

  #judge(message: unknown): Wrong | undefined {
    if (!isRecord(message)) return { code: 1007, reason: "Invalid JSON payload received." };
    const problem = clientMessage(message, "");
    if (problem) return wrongField(problem);
    if (Object.keys(message).length !== 1)
      return { code: 1007, reason: "Exactly one field of the message must be set." };
    const { setup, clientContent, realtimeInput, toolResponse } = message as LiveClientMessage;
    if (setup) return this.#begin(setup);
    if (!this.setup) return { code: 1007, reason: "setup must be the first message and only the first." };
    if (realtimeInput) return this.#realtime(realtimeInput);
    if (toolResponse) return this.#finish(toolResponse.functionResponses ?? []);
    if (!clientContent) return { code: 1008, reason: "Operation is not implemented, or supported, or enabled." };
    this.contents.push(...(clientContent.turns ?? []));
    // A message here interrupts what the model is saying [C].
    if (clientContent.turnComplete) this.respond();
    else this.interrupt();
    return undefined;
  }

  #begin(setup: LiveClientSetup): Wrong | undefined {
    if (this.setup) return { code: 1007, reason: "setup must be the first message and only the first." };
    const model = setup.model ?? "";
    if (!this.#world.models.includes(model))
      return { code: 1008, reason: `${model} is not found for API version v1alpha, or is not supported here.` };
    const started = this.#world.start(setup);
    if ("reason" in started) return started as Wrong;
    this.setup = started as LiveClientSetup;
    const { silenceDurationMs } = this.setup.realtimeInputConfig?.automaticActivityDetection ?? {};
    if (silenceDurationMs !== undefined) this.heard.silenceSeconds = silenceDurationMs / 1000;
    this.send({ setupComplete: {} });
    this.#resumable(true);
    return undefined;
  }

  #realtime(input: LiveClientRealtimeInput): Wrong | undefined {
    const manual = this.setup?.realtimeInputConfig?.automaticActivityDetection?.disabled === true;
    if ((input.activityStart || input.activityEnd) && !manual)
      return {
        code: 1007,
        reason: "Explicit activity control is not supported when automatic activity detection is on.",
      };
    if (input.audioStreamEnd && manual)
      return { code: 1007, reason: "audioStreamEnd needs automatic activity detection." };
    if (input.text !== undefined) {
      this.contents.push(input.text);
      this.respond();
    }
    if (input.activityStart) this.callerStarts();
    for (const blob of [...(input.audio ? [input.audio] : []), ...(input.mediaChunks ?? [])]) {
      const rate = audioRate(blob.mimeType ?? "");
      const bytes = fromBase64(blob.data ?? "");
      if (!rate)
        return { code: 1007, reason: `The mimeType '${blob.mimeType}' is not supported: audio/pcm;rate=16000.` };
      if (!bytes) return { code: 1007, reason: "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES)." };
      this.heard.sampleRate = rate;
      this.#hear(bytes, manual);
    }
    if (input.activityEnd) this.callerStops();
    if (input.audioStreamEnd && this.#active) this.callerStops();
    return undefined;
  }

  #hear(bytes: Buffer, manual: boolean): void {
    const noticed = this.heard.add(bytes);
    if (manual || !this.#world.script.detects) return;
    for (const { type } of noticed)
      if (type === "started") this.callerStarts();
      else this.callerStops();
  }

  #finish(responses: readonly FunctionResponse[]): Wrong | undefined {
    for (const response of responses) {
      const id = response.id ?? "";
      const call = this.#calls.get(id);
      if (!call && !this.#cancelled.has(id)) return { code: 1007, reason: `There is no function call '${id}'.` };
      if (call && call.name !== response.name)
        return { code: 1007, reason: `The call '${id}' is not ${response.name}.` };
      this.results.push(response);
      this.#calls.delete(id);
      call?.done();
    }
    return undefined;
  }

  #interrupts(): boolean {
    return this.setup?.realtimeInputConfig?.activityHandling !== "NO_INTERRUPTION" && this.#world.script.interrupts;
  }

  #turnWorld(): TurnWorld {
    const { clock, script, spoken, serial } = this.#world;
    return {
      clock,
      script,
      spoken,
      send: (message) => this.send(message),
      id: (kind) => `${kind}_${serial()}`,
      call: (calls, signal) => {
        this.send({ toolCall: { functionCalls: calls } });
        const waits = calls.map(
          ({ id, name }) =>
            new Promise<void>((resolve) => {
              this.#calls.set(id, { name, done: resolve });
              signal.addEventListener("abort", () => resolve(), { once: true });
            }),
        );
        return Promise.all(waits).then(() => {});
      },
      textOnly: this.setup?.generationConfig?.responseModalities?.[0] === "TEXT",
      transcribes: this.setup?.outputAudioTranscription !== undefined,
      answerNumber: () => ++this.#answers,
    };
  }
}
