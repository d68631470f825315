import { type Clock, systemClock } from "../flow/clock.js";
import { redact, redactError, secretsOf } from "./redact.js";
import { codeOfStatus, ServiceError } from "./service-error.js";

/** What every call of this entry takes beside its own arguments. */
export interface RequestSettings {
  /** The service's API with its version in the path. Only https, or http to this machine. */
  baseUrl?: string | URL | undefined;
  /** Aborts the request and any wait before a repetition: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Seconds for one attempt, the body of the answer included; more than 0. Default 30. */
  timeoutSeconds?: number | undefined;
  /** How often a request is repeated at most, where repeating is safe: 0 or more. Default 2. */
  retries?: number | undefined;
  /** Replaces the platform's `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Replaces wall-clock time, for tests. */
  clock?: Clock | undefined;
}

/** One request to one service. */
export interface ServiceRequest {
  /** Name for messages. */
  service: "Tavus" | "OpenAI" | "xAI";
  /** Where the API is unless the settings say otherwise. */
  defaultBaseUrl: string;
  /** Header that carries the key, and the text before the key in it. */
  auth: { header: string; prefix: string };
  /** The API key. */
  key: string;
  /** HTTP method. */
  method: "GET" | "POST" | "DELETE";
  /** Path below the base, starting with a slash; parts that are no literals are encoded by the caller. */
  path: string;
  /** JSON body. */
  body?: object | undefined;
  /**
   * Whether doing it twice is as good as once. What is not repeatable is repeated only when it certainly had no effect:
   * refused for its rate (429), or no connection was ever made.
   */
  repeatable: boolean;
}

/** Waits longer than this are left to the caller (`retryAfterSeconds` says how long): a server's request should not hang. */
const longestWaitSeconds = 30;
/** Errors of Node's and undici's connection phase: not a byte of the request has left. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** A {@link ServiceRequest} as each attempt sends it. */
interface Prepared extends ServiceRequest {
  url: string;
  json: string | undefined;
  /** What no text may hold. */
  secrets: readonly string[];
}

/**
 * Sends `request` and repeats it where that is safe.
 *
 * @returns the answer's JSON object.
 * @throws ServiceError when the request failed, TypeError and RangeError for bad settings; the signal's reason when it aborted.
 */
export async function send(request: ServiceRequest, settings: RequestSettings): Promise<Record<string, unknown>> {
  const { clock = systemClock, retries = 2, signal } = settings;
  checkSettings(settings);
  const url = `${baseOf(settings.baseUrl ?? request.defaultBaseUrl)}${request.path}`;
  const secrets = [request.key, ...secretsOf(request.body)];
  const prepared = { ...request, url, secrets, json: request.body && jsonOf(request.body) };
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const result = await attemptOnce(prepared, settings, clock);
    if ("json" in result) return result.json;
    signal?.throwIfAborted();
    // An earlier attempt, whose answer was lost, has deleted it: Tavus answers an id that it does not know with 400 [certain].
    if (attempt > 0 && request.method === "DELETE" && /^(not-found|bad-request)$/.test(result.error.code)) return {};
    const wait = result.error.retryAfterSeconds ?? backOffSeconds(attempt);
    if (attempt >= retries || !mayRepeat(request, result) || wait > longestWaitSeconds) throw result.error;
    await clock.sleep(wait, signal);
  }
}

/** Doubles from half a second. The random part keeps many servers that failed together from coming back together. */
function backOffSeconds(attempt: number): number {
  return 0.5 * 2 ** attempt * (0.5 + Math.random() / 2);
}

type Failure = { error: ServiceError; sent: boolean };

function mayRepeat(request: ServiceRequest, { error, sent }: Failure): boolean {
  if (error.code === "rate-limited" || !sent) return true;
  return (
    request.repeatable && (error.code === "server-error" || error.code === "timeout" || error.code === "unreachable")
  );
}

async function attemptOnce(
  request: Prepared,
  settings: RequestSettings,
  clock: Clock,
): Promise<{ json: Record<string, unknown> } | Failure> {
  const { timeoutSeconds = 30, signal } = settings;
  const { secrets } = request;
  const name = `${request.service}: ${request.method} ${redact(request.path, secrets)}`;
  const stop = new AbortController();
  const over = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  let timedOut = false;
  void clock.sleep(timeoutSeconds, over.signal).then(() => {
    if (over.signal.aborted) return;
    timedOut = true;
    stop.abort();
  });
  try {
    const response = await (settings.fetch ?? fetch)(request.url, {
      method: request.method,
      headers: {
        [request.auth.header]: request.auth.prefix + request.key,
        accept: "application/json",
        ...(request.json && { "content-type": "application/json" }),
      },
      ...(request.json && { body: request.json }),
      // A redirect to another host takes x-api-key along (fetch drops only Authorization), so none is followed.
      redirect: "manual",
      signal: stop.signal,
    });
    return read(name, secrets, response.status, response.headers.get("retry-after"), await response.text());
  } catch (error) {
    if (timedOut)
      return { sent: true, error: new ServiceError("timeout", `${name}: no answer within ${timeoutSeconds} s.`) };
    const cause = redactError(error, secrets);
    return {
      sent: !connectionFailed(error),
      error: new ServiceError("unreachable", `${name}: the connection failed.`, { cause }),
    };
  } finally {
    over.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Judges an answer. An empty body is an empty object: ending a conversation may answer with nothing. */
function read(name: string, secrets: readonly string[], status: number, retryAfter: string | null, text: string) {
  const json = parse(text);
  const sent = true;
  if (status < 200 || status >= 300) {
    const words = redact(wordsOf(json), secrets).slice(0, 300);
    const message = `${name}: status ${status}${words && `, "${words}"`}.`;
    return { sent, error: new ServiceError(codeOfStatus(status), message, { status, ...waitOf(retryAfter) }) };
  }
  if (json) return { json };
  return {
    sent,
    error: new ServiceError("bad-response", `${name}: status ${status}, but not a JSON object.`, { status }),
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // A page of a proxy, or half an answer: the caller reports it with the status.
    return undefined;
  }
}

/** What the service says went wrong: Tavus sends `{ error }` or `{ message }`, OpenAI `{ error: { message } }` [certain]. */
function wordsOf(json: Record<string, unknown> | undefined): string {
  const { error, message } = json ?? {};
  if (typeof error === "string") return error;
  if (typeof error === "object" && error && "message" in error && typeof error.message === "string")
    return error.message;
  return typeof message === "string" ? message : "";
}

/** `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3). */
function waitOf(header: string | null): { retryAfterSeconds?: number } {
  if (!header) return {};
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? { retryAfterSeconds: Math.max(0, seconds) } : {};
}

/** Whether the connection phase failed, by the codes of the error and of those under it. */
function connectionFailed(error: unknown, depth = 4): boolean {
  if (typeof error !== "object" || error === null || depth === 0) return false;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === "string" && neverSent.has(code)) return true;
  // An AggregateError stands for several addresses of one host: each must have failed so.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((each) => connectionFailed(each, depth - 1));
  return connectionFailed(cause, depth - 1);
}

function checkSettings({ timeoutSeconds = 30, retries = 2, signal }: RequestSettings): void {
  if (!(typeof timeoutSeconds === "number" && timeoutSeconds > 0 && Number.isFinite(timeoutSeconds)))
    throw new RangeError("timeoutSeconds must be a number of seconds, more than 0.");
  if (!Number.isInteger(retries) || retries < 0) throw new RangeError("retries must be a whole number, 0 or more.");
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new TypeError("signal must be an AbortSignal; an AbortController has one as its signal.");
}

function jsonOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new TypeError("What is to be sent is no JSON. Leave out what refers to itself, and BigInts.");
  }
}

function baseOf(base: string | URL): string {
  const url = URL.canParse(String(base)) ? new URL(String(base)) : undefined;
  const local = url && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  // The text of the address is left out: it may hold a password.
  if (!url || url.username || url.password || !(url.protocol === "https:" || (url.protocol === "http:" && local)))
    throw new TypeError(
      "baseUrl must be an https URL (http only to this machine) without user and password, such as https://tavusapi.com/v2.",
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
