declare module "virtual:worklet" {
  /** Text of `dist/worklet.js`, which the build makes first. */
  const source: string;
  export default source;
}

declare module "virtual:encoder" {
  /** `dist/encoder.wasm` in base64. */
  const base64: string;
  export default base64;
}
