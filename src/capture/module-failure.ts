/** Milliseconds until the browser counts as one without modulepreload, which gives no event (Safari before 17). */
const preloadMilliseconds = 1000;

/** Why the module at a URL could not be loaded: the error's code, and its message. */
export interface ModuleFailure {
  /** Of an EchoError. */
  code: "csp-worklet" | "worklet-failed";
  /** What was found. */
  message: string;
}

/**
 * Looks for the reason why `addModule(href)` rejected with `cause`: it rejects with the same AbortError for a policy, a 404
 * and a syntax error, and Chromium reports no violation for worklets. The same request once more, as a preload, which runs
 * nothing, is reported everywhere. `directive`: that of the policy's violation, as far as one has been reported. `signal`
 * ends the search. Loaded when it is needed.
 */
export async function moduleFailure(
  href: string,
  cause: unknown,
  directive: () => string | undefined,
  signal: AbortSignal,
): Promise<ModuleFailure> {
  await preload(href);
  const blocked = directive();
  return blocked
    ? { code: "csp-worklet", message: `The page's policy (${blocked}) blocks ${href}.` }
    : { code: "worklet-failed", message: `${href} ${await whatIsServed(href, cause, signal)}` };
}

function preload(href: string): Promise<void> {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href });
    link.onload = link.onerror = () => {
      link.remove();
      resolve();
    };
    setTimeout(resolve, preloadMilliseconds);
    document.head.append(link);
  });
}

async function whatIsServed(href: string, cause: unknown, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(href, { signal });
    await response.body?.cancel();
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok) return `answers ${response.status}.`;
    if (!/(java|ecma)script/.test(type)) return `is served as "${type}", not as JavaScript.`;
    return `was served but is not this version's worklet.js: ${cause}`;
  } catch (error) {
    return `cannot be fetched: ${error}`;
  }
}
