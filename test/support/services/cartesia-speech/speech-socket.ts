import { type Connection, parseJson } from "../connection.js";
import { isRecord, type Problem } from "../shape.js";
import { cancelRequest, type GenerationRequest, generationRequest, type SpeechEvent } from "./messages.js";
import { type ContextWorld, SpeechContext } from "./speech-context.js";

/** What is wrong with a message. */
interface Wrong {
  status: number;
  code: string;
  title: string;
  message: string;
}

/** One connection: any number of contexts side by side. */
export class SpeechSocket {
  readonly connection: Connection;
  /** Cancellations of contexts that are not there, which the service passes over [U]. */
  readonly ignored: unknown[] = [];
  readonly #world: ContextWorld;
  readonly #full: () => boolean;
  readonly #cancelStopsRunning: boolean;
  readonly #contexts = new Map<string, SpeechContext>();
  #touched: number;

  constructor(connection: Connection, world: ContextWorld, full: () => boolean, cancelStopsRunning: boolean) {
    this.connection = connection;
    this.#world = world;
    this.#full = full;
    this.#cancelStopsRunning = cancelStopsRunning;
    this.#touched = world.clock.now();
    connection.listen((data, binary) => this.#frame(data, binary));
  }

  /** Contexts whose last event has not left. */
  get active(): number {
    return this.connection.open ? [...this.#contexts.values()].filter(({ over }) => !over).length : 0;
  }

  /** When the last message arrived. */
  readonly touchedAt = (): number => this.#touched;

  #frame(data: Buffer, binary: boolean): void {
    this.#touched = this.#world.clock.now();
    const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
    this.connection.record(message, binary);
    const wrong = binary || !isRecord(message) ? bad("The message is no JSON object.") : this.#receive(message);
    if (!wrong) return;
    this.connection.refusals.push(wrong.message);
    const { status, code, title, message: words } = wrong;
    const id = isRecord(message) && typeof message.context_id === "string" ? message.context_id : undefined;
    const event: SpeechEvent = {
      type: "error",
      done: true,
      status_code: status,
      error_code: code,
      title,
      message: words,
      request_id: "request_1",
      ...(id !== undefined && { context_id: id }),
    };
    this.connection.send(event);
  }

  #receive(message: Record<string, unknown>): Wrong | undefined {
    if ("cancel" in message) return this.#cancel(message);
    const problem = generationRequest(message, "");
    if (problem) return bad(wordsFor(problem));
    const request = message as unknown as GenerationRequest;
    const wrong = this.#judge(request);
    if (wrong) return wrong;
    const id = request.context_id;
    let context = this.#contexts.get(id);
    if (!context) {
      if (this.#full())
        return {
          status: 429,
          code: "concurrency_limited",
          title: "Too many concurrent requests",
          message: "You have exceeded your plan's concurrency limit.",
        };
      context = new SpeechContext(this.#world, this.connection, request);
      this.#contexts.set(id, context);
    }
    context.take(request);
    return undefined;
  }

  #judge(request: GenerationRequest): Wrong | undefined {
    const { context_id, model_id, transcript, flush, language, locale } = request;
    if (!model_id.startsWith("sonic"))
      return {
        status: 404,
        code: "model_not_found",
        title: "Invalid model",
        message: "The model is not valid, make sure it is a valid model ID.",
      };
    if (language && locale) return bad("A request may set 'language' or 'locale', never both.");
    if (flush && (transcript !== "" || !request.continue))
      return bad("A flush is a request of its own: an empty transcript that continues.");
    const context = this.#contexts.get(context_id);
    if (context?.ended) return bad(`The context '${context_id}' has ended.`);
    if (context && context.fixed !== SpeechContext.fixed(request))
      return bad("The model, the voice, the output format and the times stay the same within a context.");
    if (!context && transcript.trim() === "") return bad("The transcript of a new context is empty.");
    return undefined;
  }

  #cancel(message: Record<string, unknown>): Wrong | undefined {
    const problem = cancelRequest(message, "");
    if (problem) return bad(wordsFor(problem));
    const context = this.#contexts.get(String(message.context_id));
    if (!context || context.over) this.ignored.push(message);
    else context.cancel(this.#cancelStopsRunning);
    return undefined;
  }
}

const bad = (message: string): Wrong => ({ status: 400, code: "invalid_request", title: "Invalid request", message });

function wordsFor({ path, expected, reason }: Problem): string {
  if (reason === "unknown") return `Field '${path}' does not exist.`;
  return reason === "missing" ? `Field '${path}' is missing.` : `Field '${path}' must be ${expected}.`;
}
