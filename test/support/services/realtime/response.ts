import type { ConversationItem, RealtimeResponse } from "openai/resources/realtime/realtime";
import type { Answer } from "../answer.js";
import type { Ending } from "../delivery.js";
import type { Spoken } from "../spoken.js";
import type { Unsent } from "./dialect.js";

/** What a response needs of its session. */
export interface ResponseHost {
  send(event: Unsent): void;
  sendAudio(bytes: Buffer): void;
  id(kind: string): string;
  /** Remembers an item and reports it as added. */
  remember(id: string, item: ConversationItem, spoken?: Spoken): void;
  speak(id: string, answer: Answer): Spoken;
  deliver(spoken: Spoken, answer: Answer, signal: AbortSignal, send: (bytes: Buffer) => void): Promise<Ending>;
  readonly binaryAudio: boolean;
}

/** Why a response was cancelled. */
export type Cancellation = "turn_detected" | "client_cancelled";

/** One response: its events, from `response.created` to `response.done`. */
export class Response {
  readonly id: string;
  cancelled: Cancellation | undefined;
  readonly #host: ResponseHost;
  readonly #answer: Answer;
  readonly #textOnly: boolean;
  readonly #stop = new AbortController();

  constructor(host: ResponseHost, answer: Answer, textOnly: boolean) {
    this.#host = host;
    this.#answer = answer;
    this.#textOnly = textOnly;
    this.id = host.id("resp");
  }

  /** Stops it; what has left has left. */
  cancel(reason: Cancellation): void {
    this.cancelled ??= reason;
    this.#stop.abort();
  }

  /** Plays it. Resolves with true if the connection is to be broken. */
  async run(connection: AbortSignal): Promise<boolean> {
    const host = this.#host;
    const base: RealtimeResponse = { id: this.id, object: "realtime.response", status: "in_progress", output: [] };
    host.send({ type: "response.created", response: base });
    const signal = AbortSignal.any([connection, this.#stop.signal]);
    const output: ConversationItem[] = [];
    const { seconds = 1, tool, failure } = this.#answer;
    if (this.#textOnly) output.push(this.#text());
    else if (seconds > 0) {
      const { item, ending } = await this.#audio(signal);
      if (ending === "dropped") return true;
      output.push(item);
    }
    if (tool && !signal.aborted) output.push(this.#call(tool, output.length));
    const status = failure ? "failed" : this.cancelled ? "cancelled" : "completed";
    const details: RealtimeResponse["status_details"] = failure
      ? { type: "failed", error: { type: "server_error", ...failure } }
      : this.cancelled && { type: "cancelled", reason: this.cancelled };
    host.send({
      type: "response.done",
      response: { ...base, status, output, ...(details && { status_details: details }) },
    });
    return false;
  }

  #text(): ConversationItem {
    const id = this.#host.id("item");
    const words = this.#answer.text ?? "";
    const place = { response_id: this.id, item_id: id, output_index: 0, content_index: 0 };
    const item: ConversationItem = { id, type: "message", role: "assistant", status: "in_progress", content: [] };
    this.#begin(id, item, 0);
    this.#host.send({ type: "response.content_part.added", ...place, part: { type: "text", text: "" } });
    for (const delta of words.match(/\S+\s*/g) ?? [])
      this.#host.send({ type: "response.output_text.delta", ...place, delta });
    this.#host.send({ type: "response.output_text.done", ...place, text: words });
    this.#host.send({ type: "response.content_part.done", ...place, part: { type: "text", text: words } });
    return this.#end({ ...item, status: "completed", content: [{ type: "output_text", text: words }] }, 0);
  }

  async #audio(signal: AbortSignal): Promise<{ item: ConversationItem; ending: Ending }> {
    const host = this.#host;
    const id = host.id("item");
    const spoken = host.speak(id, this.#answer);
    const place = { response_id: this.id, item_id: id, output_index: 0, content_index: 0 };
    const item: ConversationItem = { id, type: "message", role: "assistant", status: "in_progress", content: [] };
    this.#begin(id, item, 0, spoken);
    host.send({ type: "response.content_part.added", ...place, part: { type: "audio", transcript: "" } });
    const words = spoken.text.match(/\S+\s*/g) ?? [];
    let said = 0;
    const ending = await host.deliver(spoken, this.#answer, signal, (bytes) => {
      spoken.sentBytes += bytes.length;
      // The transcript runs in step with the audio, never behind it.
      const due = Math.ceil((spoken.sentBytes / spoken.bytes.length) * words.length);
      const delta = words.slice(said, due).join("");
      said = due;
      if (delta) host.send({ type: "response.output_audio_transcript.delta", ...place, delta });
      if (host.binaryAudio) host.sendAudio(bytes);
      else host.send({ type: "response.output_audio.delta", ...place, delta: bytes.toString("base64") });
    });
    spoken.complete = ending === "finished";
    spoken.interrupted = ending === "stopped";
    const transcript = words.slice(0, said).join("");
    const done: ConversationItem = {
      ...item,
      status: ending === "finished" ? "completed" : "incomplete",
      content: [{ type: "output_audio", transcript }],
    };
    if (ending === "dropped") return { item: done, ending };
    host.send({ type: "response.output_audio.done", ...place });
    host.send({ type: "response.output_audio_transcript.done", ...place, transcript });
    host.send({ type: "response.content_part.done", ...place, part: { type: "audio", transcript } });
    return { item: this.#end(done, 0), ending };
  }

  #call(tool: NonNullable<Answer["tool"]>, index: number): ConversationItem {
    const host = this.#host;
    const id = host.id("item");
    const callId = host.id("call");
    const text = JSON.stringify(tool.arguments);
    const place = { response_id: this.id, item_id: id, output_index: index, call_id: callId };
    const item: ConversationItem = { id, type: "function_call", call_id: callId, name: tool.name, arguments: "" };
    this.#begin(id, item, index);
    for (const delta of [text.slice(0, 1), text.slice(1)])
      host.send({ type: "response.function_call_arguments.delta", ...place, delta });
    host.send({ type: "response.function_call_arguments.done", ...place, name: tool.name, arguments: text });
    return this.#end({ ...item, status: "completed", arguments: text }, index);
  }

  #begin(id: string, item: ConversationItem, index: number, spoken?: Spoken): void {
    this.#host.send({ type: "response.output_item.added", response_id: this.id, output_index: index, item });
    this.#host.remember(id, item, spoken);
  }

  #end(item: ConversationItem, index: number): ConversationItem {
    this.#host.send({ type: "response.output_item.done", response_id: this.id, output_index: index, item });
    this.#host.send({ type: "conversation.item.done", item });
    return item;
  }
}
