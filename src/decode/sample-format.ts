/** How one sample is stored. The first four are what `pcm()` takes by name; WAV files and content types bring the others. */
export type SampleType = "s16le" | "f32le" | "mulaw" | "alaw" | "s16be" | "u8" | "s24le" | "s32le" | "f64le";

/** Interleaved PCM without a header. */
export interface PcmFormat {
  /** How one sample is stored. */
  encoding: SampleType;
  /** Hz. */
  sampleRate: number;
  /** Samples per frame, interleaved. */
  channels: number;
}

/** Bytes of one sample. */
export const sampleBytes: Readonly<Record<SampleType, number>> = {
  s16le: 2,
  f32le: 4,
  mulaw: 1,
  alaw: 1,
  s16be: 2,
  u8: 1,
  s24le: 3,
  s32le: 4,
  f64le: 8,
};

/** Whether its samples are what a turn is made of, mono s16: nothing is to be decoded or mixed. */
export function isMonoInt16({ encoding, channels }: PcmFormat): boolean {
  return encoding === "s16le" && channels === 1;
}

/** Bytes of one frame. */
export function frameBytes({ encoding, channels }: PcmFormat): number {
  return sampleBytes[encoding] * channels;
}

/** Whole frames as one plane per channel, full scale 1. `bytes` is only read. */
export function decodeFrames(bytes: Uint8Array, format: PcmFormat): Float32Array[] {
  const { channels, encoding } = format;
  const size = sampleBytes[encoding];
  const frames = Math.floor(bytes.length / (size * channels));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[encoding];
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(frames);
    for (let frame = 0; frame < frames; frame++) plane[frame] = read(view, (frame * channels + channel) * size);
    return plane;
  });
}

/** Mono s16le as it is, whatever the machine's own byte order and the alignment of `bytes`. */
export function readInt16(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pcm = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < pcm.length; i++) pcm[i] = view.getInt16(2 * i, true);
  return pcm;
}

const readers: Readonly<Record<SampleType, (view: DataView, at: number) => number>> = {
  s16le: (view, at) => view.getInt16(at, true) / 0x8000,
  f32le: (view, at) => view.getFloat32(at, true),
  mulaw: (view, at) => (mulaw[view.getUint8(at)] as number) / 0x8000,
  alaw: (view, at) => (alaw[view.getUint8(at)] as number) / 0x8000,
  s16be: (view, at) => view.getInt16(at) / 0x8000,
  u8: (view, at) => (view.getUint8(at) - 0x80) / 0x80,
  s24le: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 0x80_0000,
  s32le: (view, at) => view.getInt32(at, true) / 0x8000_0000,
  f64le: (view, at) => view.getFloat64(at, true),
};

/** ITU-T G.711 µ-law, table 2a, scaled to 16 bits. */
const mulaw = /* @__PURE__ */ Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
});

/** ITU-T G.711 A-law, table 1a, scaled to 16 bits. */
const alaw = /* @__PURE__ */ Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
});
