import { workletUrl } from "../assets.js";
import { loadWasm } from "../encoder/wasm.js";
import { EchoError } from "../errors.js";
import type { AudioSetup } from "../source/source.js";

/** The module is loaded once per context and URL; a failure is forgotten, so that a later try is a real one. */
const modules = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** Loads what a capture in `context` needs: the processor's module, and the bytes of the encoder. */
export async function loadCapture(context: BaseAudioContext, audio: AudioSetup | undefined): Promise<ArrayBuffer> {
  if (!context.audioWorklet || typeof AudioWorkletNode === "undefined")
    throw new EchoError("unsupported", "This page has no AudioWorklet.", {
      remedy: "Serve the page over https (or localhost): AudioWorklet exists in secure contexts only.",
    });
  const [wasm] = await Promise.all([loadWasm(audio?.wasmUrl), loadModule(context, audio?.workletUrl)]);
  return wasm;
}

function loadModule(context: BaseAudioContext, url: string | URL = workletUrl()): Promise<void> {
  const href = new URL(url, document.baseURI).href;
  const loaded = modules.get(context) ?? new Map<string, Promise<void>>();
  modules.set(context, loaded);
  let module = loaded.get(href);
  if (!module) {
    module = addModule(context, href);
    loaded.set(href, module);
    module.catch(() => loaded.delete(href));
  }
  return module;
}

async function addModule(context: BaseAudioContext, href: string): Promise<void> {
  const done = new AbortController();
  let blocked: SecurityPolicyViolationEvent | undefined;
  // addModule() rejects with the same AbortError for a policy, a 404 and a syntax error: this tells the first.
  document.addEventListener(
    "securitypolicyviolation",
    (event) => {
      if (href.startsWith(event.blockedURI) || /^(blob|data)/.test(event.blockedURI)) blocked = event;
    },
    { signal: done.signal },
  );
  try {
    await context.audioWorklet.addModule(href);
  } catch (cause) {
    // The violation is reported in a task of its own.
    await new Promise((resolve) => setTimeout(resolve));
    throw blocked ? refused(href, blocked, cause) : await missing(href, cause);
  } finally {
    done.abort();
  }
}

function refused(href: string, violation: SecurityPolicyViolationEvent, cause: unknown): EchoError {
  return new EchoError("csp-worklet", `The page's policy (${violation.effectiveDirective}) blocks ${href}.`, {
    remedy: `Allow it in the policy's script-src, or serve worklet.js from your own origin under script-src 'self' and name it with audio.workletUrl.`,
    cause,
  });
}

async function missing(href: string, cause: unknown): Promise<EchoError> {
  const copy =
    "The bundler copied no file: copy worklet.js out of the package (tavus-echo/worklet.js) to where it is served, and name it with audio.workletUrl.";
  let response: Response;
  try {
    response = await fetch(href);
  } catch (error) {
    return new EchoError("worklet-failed", `${href} cannot be fetched: ${String(error)}`, { remedy: copy, cause });
  }
  const type = response.headers.get("content-type") ?? "";
  await response.body?.cancel();
  if (!response.ok)
    return new EchoError("worklet-failed", `${href} answers ${response.status}.`, { remedy: copy, cause });
  if (!/(java|ecma)script/.test(type))
    return new EchoError("worklet-failed", `${href} is served as "${type}", not as JavaScript.`, {
      remedy: copy,
      cause,
    });
  return new EchoError("worklet-failed", `${href} was served but did not load: ${String(cause)}`, { cause });
}
