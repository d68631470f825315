import { sum as ownSum } from "../../build/encoder-sum.json";
import { wasmUrl } from "../assets.js";
import { EchoError } from "../errors.js";
import { withinLoadLimit } from "../flow/load-limit.js";

/** What is used of Node, where there is one. */
interface NodeGlobals {
  process?: { getBuiltinModule?(name: "node:fs"): { readFileSync(file: URL): Uint8Array } };
}

const loads = new Map<string, Promise<ArrayBuffer>>();

/**
 * The bytes of encoder.wasm, loaded once per URL; a failed load is tried again. They are checked here, where an error can
 * be told, and compiled by every PcmEncoder for itself. Treat them as shared: do not write to them or transfer them.
 * @param url Default: beside the package's own modules. Node reads `file:` URLs.
 * @param seconds Until `load-timeout`. Default 20.
 * @throws EchoError "csp-wasm" when the page's policy forbids WebAssembly, "unsupported" without WebAssembly SIMD,
 * "worklet-failed" when the file is not served, or is not the one that belongs to this version, "load-timeout".
 */
export function loadWasm(url: string | URL = wasmUrl(), seconds?: number): Promise<ArrayBuffer> {
  const key = String(url);
  const known = loads.get(key);
  if (known) return known;
  const load = withinLoadLimit(key, seconds, async (signal) => checked(await read(key, signal), key));
  loads.set(key, load);
  load.catch(() => loads.delete(key));
  return load;
}

async function read(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  // Not an import: bundles for browsers must not carry one of Node's modules.
  const fs = (globalThis as NodeGlobals).process?.getBuiltinModule?.("node:fs");
  if (fs && url.startsWith("file:")) return new Uint8Array(fs.readFileSync(new URL(url))).buffer;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}.`);
    return await response.arrayBuffer();
  } catch (cause) {
    // A policy's connect-src looks to a script like a network that is down.
    const why = cause instanceof TypeError ? " (connect-src, CORS, or the network)" : "";
    throw new EchoError("worklet-failed", `${url} could not be loaded${why}: ${cause}`, { cause });
  }
}

async function checked(bytes: ArrayBuffer, url: string): Promise<ArrayBuffer> {
  const given = new Uint8Array(bytes);
  const sum = given.reduce((sum, byte) => Math.imul(sum ^ byte, 16777619), 0);
  if (sum !== ownSum)
    throw new EchoError(
      "worklet-failed",
      // An app's server answers paths that it does not know with the app's own page, and a status that is ok.
      `${url} ${given[0] === 0x3c ? "answered text/html: it is a page, not encoder.wasm" : "is not this version's encoder.wasm, or is damaged"}.`,
    );
  try {
    await WebAssembly.compile(bytes);
  } catch (cause) {
    // A policy forbids compiling, not validating: valid bytes that do not compile were forbidden.
    if (globalThis.WebAssembly?.validate(bytes))
      throw new EchoError("csp-wasm", "The page's Content Security Policy forbids WebAssembly.", { cause });
    throw new EchoError("unsupported", "This browser cannot compile encoder.wasm.", { cause });
  }
  return bytes;
}
