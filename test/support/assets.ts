/** Stands in for src/assets.ts where the source runs unbuilt: the files are where the set-up and the build put them. */
export const wasmUrl = (): URL => new URL("../../build/encoder.wasm", import.meta.url);
export const workletUrl = (): URL => new URL("../../dist/worklet.js", import.meta.url);
