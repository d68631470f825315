import { ServiceError } from "./service-error.js";

/**
 * The key to use: `given`, else the environment variable `variable`. White space around it is dropped.
 * Throws a ServiceError, never with the key in it, when there is none, when it cannot be a header's value, and in a page.
 */
export function findKey(given: string | undefined, variable: string): string {
  // Node, Deno, Bun and edge runtimes have no document. A page that got this far would have the key in it.
  if ("document" in globalThis && "window" in globalThis)
    throw new ServiceError("in-browser", "tavus-echo/server was called in a page; it refuses to use a key there.");
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const key = (given ?? process?.env?.[variable])?.trim();
  if (!key) throw new ServiceError("key-missing", `No API key: neither apiKey nor ${variable} is set.`);
  // fetch() quotes a bad header value in its error's text, so one must never get there.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new ServiceError("key-malformed", "The API key holds characters that cannot be sent in a header.");
  return key;
}

/** `text` with every occurrence of `key` replaced, plain, URL-encoded, JSON-escaped and in base64. */
export function hideKey(text: string, key: string): string {
  const forms = [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), btoa(key)];
  return forms.reduce((hidden, form) => hidden.replaceAll(form, "[key]"), text);
}

/**
 * A copy of `error` and of the causes under it that holds neither the key nor any property we do not know: a network
 * library may keep the whole request, headers included, on its errors.
 */
export function withoutKey(error: unknown, key: string, depth = 4): unknown {
  if (!(error instanceof Error)) return hideKey(String(error), key);
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  const nested = error.cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  const copy = new Error(hideKey(error.message, key));
  copy.name = hideKey(error.name, key);
  copy.stack = hideKey(error.stack ?? "", key);
  if (nested !== undefined && depth > 0) copy.cause = withoutKey(nested, key, depth - 1);
  return typeof code === "string" ? Object.assign(copy, { code: hideKey(code, key) }) : copy;
}
