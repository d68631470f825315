import { RealtimeError } from "./realtime-error.js";
import type { VoiceCommand } from "./voice-command.js";
import type { VoiceToolCall } from "./voice-event.js";

/** A call of one of the app's tools by the model. */
export interface ToolCall {
  /** Name of the tool. */
  name: string;
  /** The arguments, parsed from JSON and otherwise unchecked: the model made them. */
  arguments: unknown;
  /** Aborts when the model does not wait for the result any more: the provider cancelled the call, or its session is over. */
  signal: AbortSignal;
  /** Gives the model the result, text as it is and anything else as JSON, and lets it go on. Once. */
  reply(output: unknown): void;
}

/** What tool calls need of the conversation that they are part of. */
export interface ToolHost {
  /** Sends to the provider. */
  send(command: VoiceCommand): void;
  /** Lets the model go on with the results of these calls. */
  respond(callIds: readonly string[]): void;
  /** Hands a call to the app; false when nobody listens. */
  offer(call: ToolCall): boolean;
  /** Tells the app. */
  report(error: RealtimeError): void;
}

/** The tool calls of one connection: collected while a response is made, offered when it is complete. */
export class ToolCalls {
  readonly #host: ToolHost;
  readonly #collected = new Map<string, Map<string, VoiceToolCall>>();
  /** Calls that wait for the app. */
  readonly #open = new Map<string, AbortController>();

  /** Nothing is sent before a call is replied to. */
  constructor(host: ToolHost) {
    this.#host = host;
  }

  /** Whether the app has still to reply to a call. */
  get waiting(): boolean {
    return this.#open.size > 0;
  }

  /** A call as it arrives; the provider sends each more than once. */
  collect(responseId: string, call: VoiceToolCall): void {
    const calls = this.#collected.get(responseId) ?? new Map<string, VoiceToolCall>();
    this.#collected.set(responseId, calls.set(call.callId, call));
  }

  /** A call that is complete: the model goes on by itself when it has the result. */
  offer(call: VoiceToolCall): void {
    this.#offer(call, () => {});
  }

  /** The response ended. Only a complete one is acted on: a cancelled one may hold half a call. */
  done(responseId: string, complete: boolean): void {
    const calls = [...(this.#collected.get(responseId)?.values() ?? [])];
    this.#collected.delete(responseId);
    if (!complete) return;
    // The model goes on when it has all results, not after the first.
    let open = calls.length;
    for (const call of calls)
      this.#offer(call, () => {
        open -= 1;
        if (open === 0) this.#host.respond(calls.map(({ callId }) => callId));
      });
  }

  /** The provider does not want the results of these any more. */
  cancel(callIds: readonly string[]): void {
    for (const callId of callIds) {
      this.#open.get(callId)?.abort();
      this.#open.delete(callId);
    }
  }

  /** The connection is gone: replies are refused from now on. */
  end(): void {
    this.cancel([...this.#open.keys()]);
  }

  #offer({ callId, name, arguments: text }: VoiceToolCall, onReplied: () => void): void {
    const over = new AbortController();
    this.#open.set(callId, over);
    let replied = false;
    const answer = (output: unknown, failed: boolean): void => {
      if (replied) throw new RealtimeError("tool-replied", `The call of ${name} was replied to before.`);
      replied = true;
      if (over.signal.aborted) {
        this.#host.report(new RealtimeError("tool-stale", `The reply to ${name} came after the model gave it up.`));
        return;
      }
      this.#open.delete(callId);
      this.#host.send({ type: "toolResult", callId, name, output: outputOf(output), failed });
      onReplied();
    };
    let parsed: unknown;
    try {
      parsed = JSON.parse(text || "{}");
    } catch (cause) {
      this.#host.report(new RealtimeError("tool-arguments", `The arguments of ${name} are not JSON.`, { cause }));
      answer({ error: "The arguments were not valid JSON. Call again with valid JSON." }, true);
      return;
    }
    const reply = (output: unknown): void => answer(output, false);
    if (this.#host.offer({ name, arguments: parsed, signal: over.signal, reply })) return;
    this.#host.report(new RealtimeError("tool-unhandled", `The model called ${name}, and nobody listens.`));
    answer({ error: "This tool is not available." }, true);
  }
}

function outputOf(output: unknown): string {
  return typeof output === "string" ? output : (JSON.stringify(output) ?? "");
}
