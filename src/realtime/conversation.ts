import type { Clock } from "../flow/clock.js";
import type { History } from "./history.js";
import { errorOf } from "./link.js";
import type { ResponseStatus, VoiceCommand, VoiceEvent, VoiceFault } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import { Reply } from "./reply.js";
import type { ReplyFormat } from "./reply-audio.js";
import { type Request, ResponseQueue } from "./response-queue.js";
import { type ToolCall, ToolCalls } from "./tool-calls.js";
import type { VoiceReplica } from "./voice-replica.js";

/** What the caller or the model said. */
export interface Transcript {
  /** Who. */
  role: "user" | "replica";
  /** What was said so far, or in all when `final`. The model's may hold words that were cut before they were heard. */
  text: string;
  /** Whether more is to come. */
  final: boolean;
}

/** What a conversation needs around it. */
export interface ConversationHost {
  readonly replica: VoiceReplica;
  readonly clock: Clock;
  readonly history: History;
  readonly format: ReplyFormat;
  readonly provider: string;
  /** Whether the caller may interrupt by speaking. */
  readonly bargeIn: boolean;
  /** Whether the replica is heard now, with whatever. */
  replicaSpeaks(): boolean;
  /** Whether the provider cancels its answer itself when the caller speaks. */
  interruptsItself(): boolean;
  instructions(): string | undefined;
  send(command: VoiceCommand): void;
  transcript(transcript: Transcript): void;
  toolCall(call: ToolCall): boolean;
  report(error: RealtimeError): void;
}

/** A provider that cancels by itself has done so by then; audio that still comes shows that it does not. */
const cancelPatienceSeconds = 0.25;

/** One connection's conversation: the model's answers become turns, and what the caller heard becomes what the model knows. */
export class Conversation {
  readonly #host: ConversationHost;
  readonly #queue: ResponseQueue;
  readonly #tools: ToolCalls;
  readonly #replies = new Map<string, Reply>();
  /** Responses whose audio is no longer wanted: when that was, and whether the provider was asked to cancel. */
  readonly #dropped = new Map<string, { at: number; cancelled: boolean }>();
  readonly #texts = new Map<string, string>();
  #retryAfterSeconds: number | undefined;
  #serial = 0;

  /** Sends nothing by itself. */
  constructor(host: ConversationHost) {
    this.#host = host;
    this.#queue = new ResponseQueue(host.send, host.instructions);
    this.#tools = new ToolCalls({
      send: host.send,
      respond: () => this.respond({}),
      offer: host.toolCall,
      report: host.report,
    });
  }

  /** Whether an answer of it is being spoken, or waits to be. */
  get speaks(): boolean {
    return this.#replies.size > 0;
  }

  /** Asks for a response, now or as soon as one can be made. */
  respond(request: Request): void {
    this.#queue.add(request);
  }

  /** What the provider told. */
  handle(event: VoiceEvent): void {
    switch (event.type) {
      case "speechStarted":
        this.#host.history.place(event.itemId, "user");
        this.#queue.caller(true);
        if (this.#host.bargeIn) this.interrupt(this.#host.interruptsItself());
        break;
      case "speechStopped":
        this.#queue.caller(false);
        break;
      case "responseStarted":
        this.#queue.started(event.responseId);
        break;
      case "audio":
        this.#audio(event);
        break;
      case "transcript":
        this.#transcript(event);
        break;
      case "toolCall":
        this.#tools.collect(event.responseId, event.call);
        break;
      case "responseDone":
        for (const call of event.calls) this.#tools.collect(event.responseId, call);
        this.#done(event.responseId, event.status, event.fault);
        break;
      case "limits":
        this.#retryAfterSeconds = event.retryAfterSeconds;
        break;
      case "fault":
        if (event.busy && this.#queue.refused(event.commandId)) break;
        this.#queue.failed(event.commandId);
        if (!event.benign) this.#host.report(this.#errorOf(event.fault));
        break;
      case "malformed":
        this.#host.report(new RealtimeError("bad-message", `${this.#host.provider} sent ${event.reason}.`));
        break;
      case "session":
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * The caller wants to speak, or the app wants silence: the replica stops at once, the response in the making ends, and
   * the model is told how much was heard. Does nothing when there is nothing to stop.
   */
  interrupt(providerCancels = false): void {
    const { clock, replica } = this.#host;
    const replies = [...this.#replies.values()];
    // Read before the interrupt: it ends the playback that is measured.
    const heard = replies.map(({ turn }) => turn.position.seconds);
    if (replies.length > 0 || this.#host.replicaSpeaks()) replica.interrupt();
    const { active } = this.#queue;
    if (active !== undefined && !this.#dropped.has(active)) {
      this.#dropped.set(active, { at: clock.now(), cancelled: false });
      if (!providerCancels) this.#cancel(active);
    }
    for (const [n, reply] of replies.entries()) this.#stop(reply, heard[n] ?? 0);
  }

  /** The connection is gone. Answers that were complete are spoken to their end; one in the making fails behind what arrived. */
  lost(error: RealtimeError): Request[] {
    this.#tools.end();
    for (const reply of this.#replies.values()) reply.end(error);
    return this.#queue.unsaid();
  }

  /** Gives the replica back: what this conversation has it say is dropped, what others have it say goes on. */
  close(): void {
    this.#tools.end();
    for (const reply of [...this.#replies.values()]) {
      reply.stop(0);
      reply.turn.interrupt();
    }
    this.#replies.clear();
  }

  #audio({ responseId, itemId, contentIndex, bytes }: VoiceEvent & { type: "audio" }): void {
    const dropped = this.#dropped.get(responseId);
    if (dropped) {
      if (!dropped.cancelled && this.#host.clock.now() - dropped.at >= cancelPatienceSeconds) this.#cancel(responseId);
      return;
    }
    this.#host.history.place(itemId, "replica");
    (this.#replies.get(responseId) ?? this.#reply(responseId)).push(itemId, contentIndex, bytes);
  }

  #reply(responseId: string): Reply {
    const reply = new Reply(responseId, this.#host.replica, this.#host.format);
    this.#replies.set(responseId, reply);
    void reply.turn.outcome.then(({ type, heardSeconds, error }) => {
      this.#replies.delete(responseId);
      if (type === "spoken" || reply.cut) return;
      // Somebody else ended it: the app, another turn, the call.
      if (this.#queue.active === responseId && !this.#dropped.has(responseId)) {
        this.#dropped.set(responseId, { at: this.#host.clock.now(), cancelled: false });
        this.#cancel(responseId);
      }
      this.#stop(reply, heardSeconds);
      // What failed the answer was reported when it came.
      const ours = error instanceof RealtimeError || (error instanceof Error && error.cause instanceof RealtimeError);
      if (type === "failed" && !ours)
        this.#host.report(
          new RealtimeError("turn-failed", "The replica could not speak the answer.", { cause: error }),
        );
    });
    return reply;
  }

  /** Ends a reply where it was heard to, and tells the model so. */
  #stop(reply: Reply, heardSeconds: number): void {
    const { truncations, heard } = reply.stop(heardSeconds);
    this.#replies.delete(reply.responseId);
    for (const { itemId, part } of heard) this.#host.history.cut(itemId, part);
    for (const truncation of truncations) this.#host.send({ type: "truncate", ...truncation });
  }

  #cancel(responseId: string): void {
    const dropped = this.#dropped.get(responseId);
    if (dropped) dropped.cancelled = true;
    this.#host.send({ type: "cancel", id: `cancel_${++this.#serial}`, responseId });
  }

  #done(responseId: string, status: ResponseStatus, fault: VoiceFault | undefined): void {
    const error = fault && this.#errorOf(fault);
    // What is there is spoken; a failed answer's turn then fails too, a cut one ends.
    this.#replies.get(responseId)?.end(status === "failed" ? error : undefined);
    this.#dropped.delete(responseId);
    this.#tools.done(responseId, status === "completed");
    if (error) this.#host.report(error);
    this.#queue.done(responseId);
  }

  #transcript({ role, itemId, text, final }: VoiceEvent & { type: "transcript" }): void {
    const whole = final ? text : (this.#texts.get(itemId) ?? "") + text;
    if (final) this.#texts.delete(itemId);
    else this.#texts.set(itemId, whole);
    this.#host.history.write(itemId, role, whole);
    this.#host.transcript({ role, text: whole, final });
  }

  #errorOf(fault: VoiceFault): RealtimeError {
    return errorOf(fault, this.#host.provider, fault.code === "rate-limited" ? this.#retryAfterSeconds : undefined);
  }
}
