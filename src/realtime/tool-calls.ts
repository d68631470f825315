import type { VoiceCommand, VoiceToolCall } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";

/** A call of one of the app's tools by the model. */
export interface ToolCall {
  /** Name of the tool. */
  name: string;
  /** The arguments, parsed from JSON and otherwise unchecked: the model made them. */
  arguments: unknown;
  /** Gives the model the result, text as it is and anything else as JSON, and lets it go on. Once. */
  reply(output: unknown): void;
}

/** What tool calls need of the conversation that they are part of. */
export interface ToolHost {
  /** Sends to the provider. */
  send(command: VoiceCommand): void;
  /** Lets the model go on. */
  respond(): void;
  /** Hands a call to the app; false when nobody listens. */
  offer(call: ToolCall): boolean;
  /** Tells the app. */
  report(error: RealtimeError): void;
}

/** The tool calls of one connection: collected while a response is made, offered when it is complete. */
export class ToolCalls {
  readonly #host: ToolHost;
  readonly #collected = new Map<string, Map<string, VoiceToolCall>>();
  #over = false;

  /** Nothing is sent before a call is replied to. */
  constructor(host: ToolHost) {
    this.#host = host;
  }

  /** A call as it comes; the provider tells each more than once. */
  collect(responseId: string, call: VoiceToolCall): void {
    const calls = this.#collected.get(responseId) ?? new Map<string, VoiceToolCall>();
    this.#collected.set(responseId, calls.set(call.callId, call));
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
        if (open === 0) this.#host.respond();
      });
  }

  /** The connection is gone: replies are refused from now on. */
  end(): void {
    this.#over = true;
  }

  #offer({ callId, name, arguments: text }: VoiceToolCall, onReplied: () => void): void {
    let replied = false;
    const reply = (output: unknown): void => {
      if (replied) throw new RealtimeError("tool-replied", `The call of ${name} was replied to before.`);
      replied = true;
      if (this.#over) {
        this.#host.report(new RealtimeError("tool-stale", `The reply to ${name} came after its session.`));
        return;
      }
      this.#host.send({ type: "toolResult", callId, output: textOf(output) });
      onReplied();
    };
    let parsed: unknown;
    try {
      parsed = JSON.parse(text || "{}");
    } catch (cause) {
      this.#host.report(new RealtimeError("tool-arguments", `The arguments of ${name} are not JSON.`, { cause }));
      reply({ error: "The arguments were not valid JSON. Call again with valid JSON." });
      return;
    }
    if (this.#host.offer({ name, arguments: parsed, reply })) return;
    this.#host.report(new RealtimeError("tool-unhandled", `The model called ${name}, and nobody listens.`));
    reply({ error: "This tool is not available." });
  }
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : (JSON.stringify(output) ?? "");
}
