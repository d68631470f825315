import { EchoError } from "./errors.js";

/**
 * Where `encoder.wasm` lies: beside the module that the package's files are built into. Throws an EchoError when a
 * bundler has taken the module's own address away, as in classic scripts.
 */
export function wasmUrl(): URL | string {
  try {
    return new URL("./encoder.wasm", import.meta.url);
  } catch (cause) {
    throw unknown("encoder.wasm", cause);
  }
}

/** Where `worklet.js` lies, likewise. */
export function workletUrl(): URL | string {
  try {
    return new URL("./worklet.js", import.meta.url);
  } catch (cause) {
    throw unknown("worklet.js", cause);
  }
}

function unknown(file: string, cause: unknown): EchoError {
  return new EchoError("worklet-failed", `This bundle does not know where ${file} is: import.meta.url is missing.`, {
    cause,
  });
}
