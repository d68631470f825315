import { type Fields, fieldsOf, jsonOf, listOf, textOf } from "./fields.js";
import { fromBase64 } from "./from-base64.js";
import type { VoiceEvent } from "./voice-event.js";

/** The service gives no ids: its turns are counted, and so are the caller's. */
export class GeminiTurns {
  #turn = 0;
  #begun = false;
  #interrupted = false;
  /** What the model says in this turn, and what the caller said before it. */
  #said = "";
  #heard = "";
  #callerTurn = 0;
  #handle: string | undefined;

  /** The newest handle to go on with after this connection. */
  get handle(): string | undefined {
    return this.#handle;
  }

  /** See `VoiceConnection.parse`. */
  parse(frame: unknown): readonly VoiceEvent[] {
    const message = jsonOf(frame);
    if (!message) return [{ type: "malformed", reason: "a message that is not a JSON object" }];
    const events: VoiceEvent[] = [];
    if ("setupComplete" in message) events.push(ready);
    if ("serverContent" in message) this.#content(fieldsOf(message.serverContent), events);
    for (const call of listOf(fieldsOf(message.toolCall).functionCalls)) this.#call(fieldsOf(call), events);
    const cancelled = listOf(fieldsOf(message.toolCallCancellation).ids).filter((id) => typeof id === "string");
    if (cancelled.length > 0) events.push({ type: "toolCancelled", callIds: cancelled });
    if ("goAway" in message) events.push({ type: "ending", inSeconds: secondsOf(fieldsOf(message.goAway).timeLeft) });
    const { newHandle, resumable } = fieldsOf(message.sessionResumptionUpdate);
    if (resumable === true && typeof newHandle === "string" && newHandle) this.#handle = newHandle;
    const { voiceActivityType: activity } = fieldsOf(message.voiceActivity);
    if (activity === "ACTIVITY_START") events.push({ type: "speechStarted", itemId: this.#callerId });
    if (activity === "ACTIVITY_END") events.push({ type: "speechStopped" });
    return events;
  }

  get #turnId(): string {
    return `turn_${this.#turn}`;
  }

  get #callerId(): string {
    return `caller_${this.#callerTurn}`;
  }

  #content(content: Fields, events: VoiceEvent[]): void {
    const heard = fieldsOf(content.inputTranscription);
    const text = textOf(heard.text);
    this.#heard += text;
    const place = { type: "transcript", role: "user", itemId: this.#callerId } as const;
    if (text) events.push({ ...place, text, final: false });
    if (heard.finished === true) this.#endCaller(events);
    if (content.interrupted === true) {
      this.#interrupted = true;
      events.push({ type: "interrupted" });
    }
    for (const part of listOf(fieldsOf(content.modelTurn).parts)) this.#part(fieldsOf(part), events);
    const said = textOf(fieldsOf(content.outputTranscription).text);
    if (said) {
      this.#begin(events);
      this.#said += said;
      events.push({ type: "transcript", role: "replica", itemId: this.#turnId, text: said, final: false });
    }
    if (content.generationComplete === true && this.#begun)
      events.push({ type: "audioDone", responseId: this.#turnId });
    if (content.turnComplete === true) this.#end(events);
  }

  #part(part: Fields, events: VoiceEvent[]): void {
    const { mimeType, data } = fieldsOf(part.inlineData);
    const responseId = this.#turnId;
    if (textOf(mimeType).startsWith("audio/")) {
      const bytes = typeof data === "string" ? fromBase64(data) : undefined;
      this.#begin(events);
      const rate = Number(/rate=(\d+)/.exec(textOf(mimeType))?.[1] ?? 24_000);
      const format = { encoding: "s16le", sampleRate: rate } as const;
      if (bytes) events.push({ type: "audio", responseId, itemId: responseId, contentIndex: 0, bytes, format });
      else events.push({ type: "malformed", reason: "audio without base64" });
    }
    // Its thoughts are nobody's business.
    const text = part.thought === true ? "" : textOf(part.text);
    if (!text) return;
    this.#begin(events);
    this.#said += text;
    events.push({ type: "text", responseId, itemId: responseId, text, final: false });
  }

  #begin(events: VoiceEvent[]): void {
    if (this.#begun) return;
    this.#begun = true;
    // What the caller said before is complete.
    this.#endCaller(events);
    events.push({ type: "responseStarted", responseId: this.#turnId });
  }

  #endCaller(events: VoiceEvent[]): void {
    if (!this.#heard) return;
    events.push({ type: "transcript", role: "user", itemId: this.#callerId, text: this.#heard.trim(), final: true });
    this.#heard = "";
    this.#callerTurn += 1;
  }

  #end(events: VoiceEvent[]): void {
    this.#begin(events);
    const responseId = this.#turnId;
    const text = this.#said.trim();
    if (text) events.push({ type: "transcript", role: "replica", itemId: responseId, text, final: true });
    const status = this.#interrupted ? "cancelled" : "completed";
    events.push({ type: "responseDone", responseId, status, calls: [] });
    this.#turn += 1;
    this.#begun = this.#interrupted = false;
    this.#said = "";
  }

  #call({ id, name, args }: Fields, events: VoiceEvent[]): void {
    if (typeof id !== "string" || typeof name !== "string") {
      events.push({ type: "malformed", reason: "a call without id and name" });
      return;
    }
    const call = { callId: id, name, arguments: JSON.stringify(args ?? {}) };
    events.push({ type: "toolCall", responseId: this.#turnId, call, now: true });
  }
}

const ready: VoiceEvent = {
  type: "session",
  updated: true,
  dialect: "gemini",
  interruptsItself: true,
  answersItself: true,
  instructions: "",
};

/** A duration as JSON writes it: "9.5s". */
const secondsOf = (duration: unknown): number => Math.max(0, Number.parseFloat(textOf(duration)) || 0);
