import { environment, inBrowser } from "./runtime.js";
import { ServiceError } from "./service-error.js";

/**
 * The key to use: `given`, else the environment variable `variable`. White space around it is dropped.
 *
 * @throws ServiceError, never with the key in it, when there is none (`key-missing`), when it cannot be a header's value
 * (`key-malformed`), and in a page or a worker of a browser (`in-browser`).
 */
export function findKey(given: string | undefined, variable: string): string {
  if (inBrowser())
    throw new ServiceError("in-browser", "tavus-echo/server was called in a browser; it refuses to use a key there.");
  if (given !== undefined && typeof given !== "string") throw new TypeError("apiKey must be a string.");
  const key = (given ?? environment(variable))?.trim();
  if (!key) throw new ServiceError("key-missing", `No API key: neither apiKey nor ${variable} is set.`);
  // fetch() quotes a bad header value in its error's text, so one must never get there.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new ServiceError("key-malformed", "The API key holds characters that cannot be sent in a header.");
  return key;
}
