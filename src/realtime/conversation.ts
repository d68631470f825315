import { AnswerGaps } from "./answer-gaps.js";
import type { ConversationHost } from "./conversation-host.js";
import { DroppedResponses } from "./dropped-responses.js";
import { finalInterruption, type Interruption, Suspension } from "./interruption.js";
import { errorOf } from "./provider-error.js";
import { RealtimeError } from "./realtime-error.js";
import { RecentIds } from "./recent-ids.js";
import { Replies } from "./replies.js";
import { type Request, ResponseQueue } from "./response-queue.js";
import { Timers } from "./timers.js";
import { ToolCalls } from "./tool-calls.js";
import { Transcripts } from "./transcripts.js";
import type { VoiceEvent, VoiceFault } from "./voice-event.js";

/** Without audio for so long, what still arrived of an answer that was over is complete. */
const lateAudioSeconds = 1;

type EventOf<Type extends VoiceEvent["type"]> = Extract<VoiceEvent, { type: Type }>;

/** One connection's conversation: the model's answers become turns, and what the caller heard becomes what the model knows. */
export class Conversation {
  readonly #host: ConversationHost;
  readonly #queue: ResponseQueue;
  readonly #tools: ToolCalls;
  readonly #replies: Replies;
  readonly #suspension: Suspension;
  readonly #transcripts: Transcripts;
  readonly #dropped = new DroppedResponses((responseId) => {
    this.#host.send({ type: "cancel", id: `cancel_${++this.#serial}`, responseId });
  });
  readonly #finished = new RecentIds();
  readonly #gaps: AnswerGaps;
  #retryAfterSeconds: number | undefined;
  #serial = 0;

  /** Sends nothing by itself. */
  constructor(host: ConversationHost) {
    this.#host = host;
    const { send, history, report, replica, format } = host;
    const timers = new Timers(host.clock, host.over);
    this.#gaps = new AnswerGaps(timers);
    this.#replies = new Replies({
      ...{ replica, history, format, send, turnFailed: host.turnFailed },
      onCutElsewhere: ({ responseId }) => {
        if (this.#queue.active === responseId) this.#drop(responseId, false);
      },
    });
    this.#suspension = new Suspension(this.#replies);
    this.#queue = new ResponseQueue({
      ...{ send, report, timers, instructions: host.instructions, answersItself: host.answersItself },
    });
    this.#tools = new ToolCalls({
      ...{ send, report, offer: host.toolCall },
      respond: (follows) => this.respond({ follows }),
    });
    this.#transcripts = new Transcripts(history, host.transcript);
  }

  /** Whether an answer of it is being spoken, or waits to be. */
  get speaks(): boolean {
    return this.#replies.size > 0;
  }

  /** Whether the answer in the making has begun to arrive: its turn fails when the connection is lost. */
  get makesReply(): boolean {
    return this.#replies.of(this.#queue.active ?? "") !== undefined;
  }

  /** Whether nobody says, makes, or waits for anything. */
  get idle(): boolean {
    return !this.#sounds && !this.#tools.waiting && this.#queue.idle;
  }

  /** Asks for a response, now or as soon as one can be made. An interruption stands from then on. */
  respond(request: Request): void {
    this.#stand("the next response has been asked for");
    this.#queue.add(request);
  }

  /** What the provider told. */
  handle(event: VoiceEvent): void {
    switch (event.type) {
      case "speechStarted":
        this.#host.history.place(event.itemId, "user");
        this.#queue.callerStarted();
        if (this.#host.bargeIn) this.#bargeIn(this.#host.interruptsItself());
        break;
      case "speechStopped":
        this.#queue.callerStopped();
        break;
      case "interrupted":
        if (this.#host.bargeIn) this.#bargeIn(true);
        break;
      case "responseStarted":
        this.#stand("the next response has begun");
        if (this.#queue.started(event.responseId)) this.#drop(event.responseId, false);
        break;
      case "itemStarted":
        this.#dropped.item(this.#idOf(event.responseId), event.itemId, false);
        break;
      case "itemAdded":
        this.#queue.know(event.callId);
        break;
      case "audio":
        this.#audio(event);
        break;
      case "audioDone":
        this.#replies.of(this.#idOf(event.responseId))?.end();
        break;
      case "text":
        this.#text(event);
        break;
      case "transcript":
        this.#transcripts.take(event);
        break;
      case "toolCall":
        if (event.now) this.#tools.offer(event.call);
        else this.#tools.collect(this.#idOf(event.responseId), event.call);
        break;
      case "toolCancelled":
        this.#tools.cancel(event.callIds);
        break;
      case "responseDone":
        this.#done(event);
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
      default:
        // The others are the connection's own.
        event satisfies EventOf<"session" | "ending" | "reply">;
    }
  }

  /** The app wants silence: as when the caller speaks, and nothing that was asked for before begins any more. */
  interrupt(): Interruption {
    this.#queue.callOff();
    return this.#interrupt(false);
  }

  /** The connection is gone. Answers that were complete are spoken to their end; one in the making fails behind what arrived. */
  lost(error: RealtimeError): Request[] {
    const { active } = this.#queue;
    const answering = active !== undefined && !this.#dropped.has(active);
    const requests = this.#queue.unsaid(answering, this.#tools.waiting);
    this.#tools.end();
    this.#stand("the connection is gone");
    this.#replies.end(error);
    return requests;
  }

  /** Gives the replica back: what this conversation has it say is dropped, what others have it say goes on. */
  close(): void {
    this.#tools.end();
    this.#stand("the voice was closed");
    this.#replies.drop();
  }

  get #sounds(): boolean {
    return this.speaks || this.#host.replicaSpeaks();
  }

  #bargeIn(providerCancels: boolean): void {
    const sounds = this.#sounds;
    const interruption = this.#interrupt(providerCancels);
    if (sounds) this.#host.interruption(interruption);
  }

  #interrupt(providerCancels: boolean): Interruption {
    const { answersItself, interruptsItself } = this.#host;
    const { active } = this.#queue;
    const sounds = this.#sounds;
    const own = interruptsItself() ? "interrupts its answers" : answersItself() ? "answers" : undefined;
    if (!own && sounds) {
      // What has no sound yet cannot be taken back.
      if (!this.makesReply) this.#drop(active, false);
      return this.#suspension.begin();
    }
    if (sounds) this.#replies.cut();
    this.#drop(active, providerCancels);
    return finalInterruption(own ? `the provider ${own} by itself` : "nothing was being said");
  }

  /** An interruption can be taken back no more: the model is told. */
  #stand(why: string): void {
    if (!this.#suspension.stand(why)) return;
    const { active = "" } = this.#queue;
    if (this.#replies.isSuspended(active)) this.#drop(active, false);
    this.#replies.settle();
  }

  #drop(responseId: string | undefined, providerCancels: boolean): void {
    this.#dropped.drop(responseId, this.#host.clock.now(), providerCancels);
  }

  /** A minimal server names no response in its deltas: they are of the one in the making. */
  #idOf(responseId: string): string {
    return responseId || (this.#queue.active ?? "");
  }

  #audio({ responseId: given, itemId, contentIndex, bytes, format }: EventOf<"audio">): void {
    const responseId = this.#idOf(given);
    // What arrives behind the end of its response is spoken as an answer of its own.
    const late = this.#finished.has(responseId);
    const [key, seconds] = late ? [`${responseId} late`, lateAudioSeconds] : [responseId, this.#host.answerGapSeconds];
    if (seconds !== undefined)
      this.#gaps.watch(key, seconds, () => {
        if (late) this.#replies.of(key)?.end();
        else this.#done({ type: "responseDone", responseId, status: "completed", calls: [] });
      });
    if (this.#dropped.refuses(responseId, itemId, this.#host.clock.now())) return;
    this.#dropped.item(responseId, itemId, true);
    this.#host.history.place(itemId, "replica");
    this.#replies.audio(key, itemId, contentIndex, bytes, format);
  }

  #text({ responseId: given, itemId, text, final }: EventOf<"text">): void {
    const responseId = this.#idOf(given);
    this.#dropped.item(responseId, itemId, true);
    const piece = this.#transcripts.take({ type: "transcript", role: "replica", itemId, text, final });
    if (this.#host.sayText && piece && !this.#dropped.has(responseId)) this.#replies.text(responseId, itemId, piece);
  }

  #done({ responseId: given, status, calls, fault }: EventOf<"responseDone">): void {
    const responseId = this.#idOf(given);
    for (const call of calls) this.#tools.collect(responseId, call);
    const error = fault && this.#errorOf(fault);
    // Told first, so that whoever hears of the turn that it fails knows.
    if (error) this.#host.report(error, status === "failed" && this.#replies.of(responseId) !== undefined);
    // What is there is spoken; a failed answer's turn then fails too, a cut one ends.
    this.#replies.of(responseId)?.end(status === "failed" ? error : undefined);
    for (const itemId of this.#dropped.done(responseId)) this.#replies.forget(itemId);
    this.#gaps.forget(responseId);
    this.#finished.add(responseId);
    this.#tools.done(responseId, status === "completed");
    this.#queue.done(given ? responseId : "");
  }

  #errorOf(fault: VoiceFault): RealtimeError {
    return errorOf(fault, this.#host.provider, fault.code === "rate-limited" ? this.#retryAfterSeconds : undefined);
  }
}
