// What is compared: this package's encoder, the peers that npm has, and the loop that published examples use. Each is run as
// an app would run it: blocks of floats in, s16 out (floats where s16 is not offered, then rounded well).
import libsamplerate from "@alexanderolsen/libsamplerate-js";
import speexSimd from "@echogarden/speex-resampler-wasm/simd";
import speexDefault from "speex-resampler/app/speex_wasm.js";
import { planEncoder } from "../../src/encoder/plan.js";
import { PcmEncoder } from "../../worklet/encoder.js";

/** One stream: a block in, the samples that are complete out, valid until the next call. */
export type Stream = (block: Float32Array) => Int16Array;

/** Something that makes streams. */
export interface Subject {
  name: string;
  open(inputRate: number, outputRate: number): Promise<Stream>;
}

/** Something that takes whole signals only: its output, without what the end of the signal disturbs. */
export interface Renderer {
  name: string;
  render(input: Float32Array, inputRate: number, outputRate: number): Promise<Int16Array>;
}

/** Where the wasm files come from: URLs in a page, bytes in Node. */
export interface Files {
  encoder: BufferSource;
  speexSimd: BufferSource;
}

/** Longest block that the streams are fed. */
export const MAX_BLOCK = 4096;

/** All of them, ours first. */
export function subjects(files: Files): Subject[] {
  return [
    ours(files.encoder),
    { name: "linear, allocating", open: async (inputRate, outputRate) => linear(inputRate, outputRate) },
    speex("speex SIMD, q7", () => speexSimd({ wasmBinary: files.speexSimd }), "float"),
    speex("speex SIMD, q7, its s16", () => speexSimd({ wasmBinary: files.speexSimd }), "int"),
    speex("speex-resampler, q7", () => speexDefault.default(), "int"),
    samplerate("libsamplerate FASTEST", 2),
    samplerate("libsamplerate BEST", 0),
  ];
}

function ours(wasm: BufferSource): Subject {
  return {
    name: "tavus-echo",
    open: async (inputRate, outputRate) => {
      const encoder = new PcmEncoder(wasm, planEncoder(inputRate, outputRate), { maxBlockFrames: MAX_BLOCK });
      const planes: [Float32Array] = [new Float32Array(0)];
      return (block) => {
        planes[0] = block;
        return encoder.encode(planes);
      };
    },
  };
}

/** As published examples write it, arrays and all; the position is carried from block to block, which not all of them do. */
function linear(inputRate: number, outputRate: number): Stream {
  const ratio = inputRate / outputRate;
  let next = 0;
  let last = 0;
  return (block) => {
    const resampled = new Float32Array(Math.max(0, Math.ceil((block.length - 1 - next) / ratio)));
    for (let i = 0; i < resampled.length; i++) {
      const position = next + i * ratio;
      const index = Math.floor(position);
      const fraction = position - index;
      const before = index < 0 ? last : block[index];
      resampled[i] = before * (1 - fraction) + block[index + 1] * fraction;
    }
    next += resampled.length * ratio - block.length;
    last = block[block.length - 1];
    const pcm = new Int16Array(resampled.length);
    for (let i = 0; i < resampled.length; i++) {
      const s = Math.max(-1, Math.min(1, resampled[i]));
      pcm[i] = s < 0 ? s * 0x8000 : s * 0x7fff;
    }
    return pcm;
  };
}

/** Quality 7 is the default of speex-resampler; the same for both, so that they compare. */
function speex(name: string, load: () => Promise<SpeexModule>, samples: "float" | "int"): Subject {
  return {
    name,
    open: async (inputRate, outputRate) => {
      const module = await load();
      const most = Math.ceil((MAX_BLOCK * outputRate) / inputRate) + 64;
      const input = module._malloc(4 * MAX_BLOCK);
      const output = module._malloc(4 * most);
      const lengths = module._malloc(8);
      const state = module._speex_resampler_init(1, inputRate, outputRate, 7, lengths);
      const { buffer } = module.HEAPU8;
      const lengthView = new Uint32Array(buffer, lengths, 2);
      const pcm = new Int16Array(most);
      if (samples === "int") {
        const inputView = new Int16Array(buffer, input, MAX_BLOCK);
        const outputView = new Int16Array(buffer, output, most);
        return (block) => {
          for (let i = 0; i < block.length; i++) inputView[i] = rounded(block[i]);
          lengthView[0] = block.length;
          lengthView[1] = most;
          module._speex_resampler_process_interleaved_int(state, input, lengths, output, lengths + 4);
          return outputView.subarray(0, lengthView[1]);
        };
      }
      const inputView = new Float32Array(buffer, input, MAX_BLOCK);
      const outputView = new Float32Array(buffer, output, most);
      return (block) => {
        inputView.set(block);
        lengthView[0] = block.length;
        lengthView[1] = most;
        module._speex_resampler_process_float(state, 0, input, lengths, output, lengths + 4);
        return toPcm16(outputView, lengthView[1], pcm);
      };
    },
  };
}

function samplerate(name: string, converterType: 0 | 2): Subject {
  return {
    name,
    open: async (inputRate, outputRate) => {
      const src = await libsamplerate.create(1, inputRate, outputRate, { converterType });
      const most = Math.ceil((MAX_BLOCK * outputRate) / inputRate) + 64;
      const floats = new Float32Array(most);
      const pcm = new Int16Array(most);
      const length = { frames: 0 };
      return (block) => {
        src.full(block, floats, length);
        return toPcm16(floats, length.frames, pcm);
      };
    },
  };
}

/** The best that plain JavaScript does: scaled by 32768, rounded, limited by hand. */
export function toPcm16(floats: Float32Array, length: number, pcm: Int16Array): Int16Array {
  for (let i = 0; i < length; i++) pcm[i] = rounded(floats[i]);
  return pcm.subarray(0, length);
}

function rounded(x: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(x * 32_768)));
}
