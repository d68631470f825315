/** Where `encoder.wasm` lies: beside the module that the package's files are built into. */
export function wasmUrl(): URL | string {
  return new URL("./encoder.wasm", import.meta.url);
}

/** Where `worklet.js` lies, likewise. */
export function workletUrl(): URL | string {
  return new URL("./worklet.js", import.meta.url);
}
