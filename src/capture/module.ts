import { processorName } from "../../worklet/protocol.js";
import { workletUrl } from "../assets.js";
import { loadWasm } from "../encoder/wasm.js";
import { EchoError } from "../errors.js";
import { withinLoadLimit } from "../flow/load-limit.js";
import type { AudioSetup } from "../source/source.js";

/** The module is loaded once per context and URL; a failure is forgotten, so that a later try is a real one. */
const modules = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** URLs that gave this version's module. Asked once each: Chromium never lets go of the context that was asked. */
const known = new Set<string>();

/** A context remembers what it got from a URL, failures too: after one the next try has another fragment. */
let fragment = "";

/** Chromium has requests for a URL wait for an earlier one that is not answered, up to 20 s: then it has another query, too. */
let query = "";

/** Loads what a capture in `context` needs: the processor's module, and the bytes of the encoder. */
export async function loadCapture(context: BaseAudioContext, audio: AudioSetup | undefined): Promise<ArrayBuffer> {
  if (!context.audioWorklet || typeof AudioWorkletNode === "undefined")
    throw new EchoError("unsupported", "This page has no AudioWorklet.", {
      remedy: "Serve the page over https (or localhost): AudioWorklet exists in secure contexts only.",
    });
  const seconds = audio?.loadTimeoutSeconds;
  const [wasm] = await Promise.all([
    loadWasm(audio?.wasmUrl, seconds),
    loadModule(context, seconds, audio?.workletUrl),
  ]);
  return wasm;
}

function loadModule(
  context: BaseAudioContext,
  seconds: number | undefined,
  url: string | URL = workletUrl(),
): Promise<void> {
  const href = new URL(url, document.baseURI).href;
  const loaded = modules.get(context) ?? new Map<string, Promise<void>>();
  modules.set(context, loaded);
  let module = loaded.get(href);
  if (!module) {
    module = withinLoadLimit(href, seconds, (signal) => addModule(context, href, signal));
    loaded.set(href, module);
    module.catch(({ code }: EchoError) => {
      if (code === "load-timeout") query += href.includes("?") ? "&" : "?";
      fragment += "#";
      loaded.delete(href);
    });
  }
  return module;
}

async function addModule(context: BaseAudioContext, href: string, signal: AbortSignal): Promise<void> {
  let directive: string | undefined;
  document.addEventListener(
    "securitypolicyviolation",
    ({ blockedURI, disposition, effectiveDirective }) => {
      // Of blob: and data: URLs the scheme alone is told.
      if (disposition === "enforce" && href.startsWith(blockedURI)) directive = effectiveDirective;
    },
    { signal },
  );
  try {
    await context.audioWorklet.addModule(href + query + fragment);
    if (known.has(href)) return;
    // Always throws, and makes no processor: the name is looked up before the number is refused.
    new AudioWorkletNode(context, processorName, { channelCount: 99 });
  } catch (cause) {
    if ((cause as DOMException).name === "NotSupportedError") {
      known.add(href);
      return;
    }
    // Why is looked for by what is loaded when it is needed; if that fails too, what happened is told all the same.
    const why = await import("./module-failure.js").catch(() => undefined);
    const { code, message } = (await why?.moduleFailure(href, cause, () => directive, signal)) ?? {
      code: "worklet-failed",
      message: `${href} could not be loaded: ${cause}`,
    };
    throw new EchoError(code, message, { cause });
  }
}
