// What is used of the peers that come without types.
interface SpeexModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _speex_resampler_init(
    channels: number,
    inputRate: number,
    outputRate: number,
    quality: number,
    error: number,
  ): number;
  _speex_resampler_process_float(
    state: number,
    channel: number,
    input: number,
    inputLength: number,
    output: number,
    outputLength: number,
  ): number;
  _speex_resampler_process_interleaved_int(
    state: number,
    input: number,
    inputLength: number,
    output: number,
    outputLength: number,
  ): number;
}

declare module "@echogarden/speex-resampler-wasm/simd" {
  export default function load(options: { wasmBinary: BufferSource }): Promise<SpeexModule>;
}

declare module "speex-resampler/app/speex_wasm.js" {
  const module: { default(): Promise<SpeexModule> };
  export default module;
}

declare module "@alexanderolsen/libsamplerate-js" {
  const module: {
    create(
      channels: number,
      inputRate: number,
      outputRate: number,
      options: { converterType: number },
    ): Promise<{ full(input: Float32Array, output: Float32Array, length: { frames: number }): Float32Array }>;
  };
  export default module;
}
