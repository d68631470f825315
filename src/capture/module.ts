import { processorName } from "../../worklet/protocol.js";
import { workletUrl } from "../assets.js";
import { loadWasm } from "../encoder/wasm.js";
import { EchoError } from "../errors.js";
import { systemClock } from "../flow/clock.js";
import type { AudioSetup } from "../source/source.js";

/** The module is loaded once per context and URL; a failure is forgotten, so that a later try is a real one. */
const modules = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** URLs that gave this version's module. Asked once each: Chromium never lets go of the context that was asked. */
const known = new Set<string>();

/** A context remembers what it got from a URL, failures too: after one the next try has another fragment. */
let fragment = "";

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
  let directive: string | undefined;
  document.addEventListener(
    "securitypolicyviolation",
    ({ blockedURI, disposition, effectiveDirective }) => {
      // Of blob: and data: URLs the scheme alone is told.
      if (disposition === "enforce" && href.startsWith(blockedURI)) directive = effectiveDirective;
    },
    { signal: done.signal },
  );
  try {
    await context.audioWorklet.addModule(href + fragment);
    if (known.has(href)) return;
    // Always throws, and makes no processor: the name is looked up before the number is refused.
    new AudioWorkletNode(context, processorName, { channelCount: 99 });
  } catch (cause) {
    if ((cause as DOMException).name === "NotSupportedError") {
      known.add(href);
      return;
    }
    fragment += "#";
    // It rejects with the same AbortError for a policy, a 404 and a syntax error, and Chromium reports no violation for
    // worklets: the same request once more, as a preload, which runs nothing, is reported everywhere.
    await preload(href);
    throw directive
      ? new EchoError("csp-worklet", `The page's policy (${directive}) blocks ${href}.`, { cause })
      : await unserved(href, cause);
  } finally {
    done.abort();
  }
}

function preload(href: string): Promise<void> {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href });
    link.onload = link.onerror = () => {
      link.remove();
      resolve();
    };
    // Without modulepreload (Safari before 17) there is no event.
    void systemClock.sleep(1).then(resolve);
    document.head.append(link);
  });
}

async function unserved(href: string, cause: unknown): Promise<EchoError> {
  const failed = (what: string): EchoError => new EchoError("worklet-failed", `${href} ${what}`, { cause });
  try {
    const response = await fetch(href);
    await response.body?.cancel();
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok) return failed(`answers ${response.status}.`);
    if (!/(java|ecma)script/.test(type)) return failed(`is served as "${type}", not as JavaScript.`);
    return failed(`was served but is not this version's worklet.js: ${cause}`);
  } catch (error) {
    return failed(`cannot be fetched: ${error}`);
  }
}
