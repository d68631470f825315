import { findKey } from "./key.js";
import { type RequestSettings, type ServiceRequest, send } from "./request.js";
import { ServiceError } from "./service-error.js";

/** Whose account, and how to ask. Facts of the REST API: docs.tavus.io/openapi.yaml, August 2026. */
export interface TavusAccount extends RequestSettings {
  /** Default: the environment variable `TAVUS_API_KEY`. It is sent to Tavus in a header and goes nowhere else. */
  apiKey?: string | undefined;
  /** Default `https://tavusapi.com/v2`. Only https, or http to this machine. */
  baseUrl?: string | URL | undefined;
}

/** Sends a request to Tavus with the account's key. */
export function ask(
  account: TavusAccount,
  request: Pick<ServiceRequest, "method" | "path" | "body" | "repeatable">,
): Promise<Record<string, unknown>> {
  const key = findKey(account.apiKey, "TAVUS_API_KEY");
  const auth = { header: "x-api-key", prefix: "" };
  return send({ service: "Tavus", defaultBaseUrl: "https://tavusapi.com/v2", auth, key, ...request }, account);
}

/** `id` as it is. encodeURIComponent leaves dots alone, and "/conversations/../x" is another path: those are refused. */
export function required(id: unknown, name: string): string {
  if (typeof id === "string" && /[^.\s]/.test(id)) return id;
  throw new TypeError(`${name} must be an id as Tavus gives it.`);
}

/** The text `field` of an answer; its absence is a ServiceError that says `where`. */
export function textOf(json: Record<string, unknown>, field: string, where: string): string {
  const value = json[field];
  if (typeof value === "string" && value) return value;
  throw new ServiceError("bad-response", `Tavus: ${where}: the answer has no ${field}.`);
}
