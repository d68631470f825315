// Takes the place of assets.ts in the build of `tavus-echo/inline`.
/// <reference path="./inline-files.d.ts" />
import encoder from "virtual:encoder";
import worklet from "virtual:worklet";

let blobUrl: string | undefined;

/**
 * The processor as a blob: URL, made on first use and kept: modules are loaded again for each AudioContext. A policy
 * must allow `blob:` in script-src, which is why this is not the default.
 */
export function workletUrl(): string {
  blobUrl ??= URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
  return blobUrl;
}

/** The encoder as a data: URL, which fetch() takes on every page without a policy, and in Node. */
export function wasmUrl(): string {
  return `data:application/wasm;base64,${encoder}`;
}
