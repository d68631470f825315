import type { OpenRequest, Source, Warning } from "tavus-echo";
import { impulseResponse } from "tavus-echo/encoder";
import { joined } from "../../support/joined.js";
import { sourceRequest } from "../../support/source-request.js";
import { monoWav } from "../../support/wav-writer.js";

/** A source that was opened without any turn, and what came of it. */
export interface Opened {
  /** So far. */
  readonly warnings: readonly Warning[];
  /** Ends the turn, as `turn.end()` does. */
  end(): void;
  /** Drops the turn, as `turn.interrupt()` does. */
  drop(): void;
  /** Everything that the stream gave, and how it ended. Never rejects. */
  readonly result: Promise<{ pcm: Int16Array; chunks: number; error?: Failure; warnings: Warning[] }>;
  /** Resolves when at least `samples` have arrived, or the stream is over. */
  arrived(samples: number): Promise<void>;
  /** Resolves when what has arrived fulfils `condition`, or the stream is over. */
  until(condition: (pcm: Int16Array) => boolean): Promise<void>;
}

/** An EchoError, or what else was thrown, as something that crosses to the test. */
export interface Failure {
  name: string;
  code: string | undefined;
  message: string;
  remedy: string | undefined;
  cause: string | undefined;
}

export function failureOf(error: unknown): Failure {
  const { name, code, message, remedy, cause } = error as Error & { code?: string; remedy?: string; cause?: unknown };
  return { name, code, message, remedy, cause: cause === undefined ? undefined : String(cause) };
}

/** Opens `source` and reads it to its end. Rejects when opening does. */
export async function openSource(source: Source, given: Partial<OpenRequest> = {}): Promise<Opened> {
  const { request, warnings, end, drop } = sourceRequest(given);
  const stream = await source.open(request);
  const chunks: Int16Array[] = [];
  let samples = 0;
  let over = false;
  const waiting = new Set<{ fulfilled(): boolean; resolve(): void }>();
  const look = (): void => {
    for (const entry of waiting)
      if (over || entry.fulfilled()) {
        waiting.delete(entry);
        entry.resolve();
      }
  };
  const when = (fulfilled: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.add({ fulfilled, resolve });
      look();
    });
  const read = async () => {
    const reader = stream.getReader();
    let error: Failure | undefined;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        chunks.push(value);
        samples += value.length;
        look();
      }
    } catch (reason) {
      error = failureOf(reason);
    }
    over = true;
    look();
    return { pcm: joined(Int16Array, chunks), chunks: chunks.length, ...(error && { error }), warnings };
  };
  return {
    warnings,
    end,
    drop,
    result: read(),
    arrived: (count) => when(() => samples >= count),
    until: (condition) => when(() => condition(joined(Int16Array, chunks))),
  };
}

/** Seeded 16-bit noise over the whole range (xorshift32). */
export function noise(length: number, seed: number): Int16Array {
  let state = seed | 0 || 1;
  return Int16Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >> 16;
  });
}

/** 16-bit samples as an AudioBuffer of equal channels, exactly. */
export function bufferOf(pcm: Int16Array, sampleRate: number, channels = 1): AudioBuffer {
  const buffer = new AudioBuffer({ length: pcm.length, sampleRate, numberOfChannels: channels });
  const plane = Float32Array.from(pcm, (sample) => sample / 32_768);
  for (let channel = 0; channel < channels; channel++) buffer.copyToChannel(plane, channel);
  return buffer;
}

/** A dozen tones from 100 Hz to `highest`, faded in and out within 50 ms; known at any time, so at any rate. */
export function tones(seconds: number, highest = 8000): (time: number) => number {
  const partials = Array.from({ length: 12 }, (_, k) => ({
    hz: 100 * (highest / 100) ** (k / 11),
    phase: (k * k * 2.399) % 6.283,
  }));
  return (time) => {
    const fade = Math.max(0, Math.min(1, time / 0.05, (seconds - time) / 0.05));
    const sum = partials.reduce((total, { hz, phase }) => total + Math.sin(2 * Math.PI * hz * time + phase), 0);
    return 0.07 * fade * fade * (3 - 2 * fade) * sum;
  };
}

/** Signal to error in dB, at the delay (whole samples, up to `maxDelay` either way) where it is best. */
export function compare(
  got: Int16Array,
  want: (n: number) => number,
  from: number,
  to: number,
  maxDelay = 0,
): { delay: number; db: number; peak: number } {
  let best = { delay: 0, db: Number.NEGATIVE_INFINITY, peak: 0 };
  for (let delay = -maxDelay; delay <= maxDelay; delay++) {
    let signal = 0;
    let error = 0;
    let peak = 0;
    for (let n = from; n < to; n++) {
      const expected = want(n);
      const difference = (got[n + delay] ?? 0) - expected;
      signal += expected ** 2;
      error += difference ** 2;
      peak = Math.max(peak, Math.abs(difference));
    }
    const db = 10 * Math.log10(signal / error);
    if (db > best.db) best = { delay, db, peak };
  }
  return best;
}

/** White noise within half of full scale, the same at every run. */
export function halfNoise(length: number, seed: number): Float32Array {
  return Float32Array.from(noise(length, seed), (sample) => sample / 65_536);
}

/** What went in, through the documented filter evaluated in double precision: the encoder's output before rounding. */
export function reference(input: Float32Array, inputRate: number, outputRate: number): Float64Array {
  const scale = Math.min(1, outputRate / inputRate);
  const reach = Math.ceil(64 / scale);
  const phases = outputRate / gcd(inputRate, outputRate);
  // The filter's values repeat with the phase of an output between two frames of input.
  const taps = Array.from({ length: phases }, (_, phase) => {
    const center = (phase * inputRate) / outputRate;
    return Float64Array.from(
      { length: 2 * reach + 1 },
      (_, i) => 32_768 * scale * impulseResponse(scale * (Math.floor(center) - reach + i - center)),
    );
  });
  const output = new Float64Array(Math.floor((input.length * outputRate) / inputRate + 0.5));
  for (let k = 0; k < output.length; k++) {
    const first = Math.floor((k * inputRate) / outputRate) - reach;
    const phase = taps[k % phases];
    let sum = 0;
    for (let i = Math.max(0, -first); i < phase.length && first + i < input.length; i++)
      sum += input[first + i] * phase[i];
    output[k] = sum;
  }
  return output;
}

/** Largest difference in LSB over the whole of both; Infinity when the lengths differ. */
export function peakError(got: Int16Array, want: Float64Array): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let peak = 0;
  for (let n = 0; n < got.length; n++) {
    const expected = Math.max(-32_768, Math.min(32_767, want[n]));
    peak = Math.max(peak, Math.abs(got[n] - expected));
  }
  return peak;
}

/**
 * Where in `sent` (which repeats) a capture begins, and how many frames it took: found by search with the documented
 * filter. Peak error in LSB over all samples, the first and the last included; `skip` samples at the start are left out.
 */
export function locate(
  got: Int16Array,
  sent: Float32Array,
  inputRate: number,
  outputRate: number,
  skip = 0,
): { offset: number; frames: number; peak: number } | undefined {
  const scale = Math.min(1, outputRate / inputRate);
  const reach = Math.ceil(64 / scale);
  const at = (n: number): number => sent[((n % sent.length) + sent.length) % sent.length];
  // Samples of output that lie on a frame of input share one set of taps, so that the search is quick.
  const step = outputRate / gcd(inputRate, outputRate);
  const taps = Float64Array.from(
    { length: 2 * reach + 1 },
    (_, i) => 32_768 * scale * impulseResponse(scale * (i - reach)),
  );
  const middle = Math.floor(got.length / 2 / step) * step;
  const probes = Array.from({ length: 8 }, (_, i) => middle + i * step);
  const fits = (offset: number): boolean =>
    probes.every((k) => {
      const first = offset + (k * inputRate) / outputRate - reach;
      const want = taps.reduce((sum, tap, i) => sum + tap * at(first + i), 0);
      return Math.abs(want - got[k]) <= 1;
    });
  let offset = 0;
  while (offset < sent.length && !fits(offset)) offset++;
  if (offset === sent.length) return undefined;
  let best: { offset: number; frames: number; peak: number } | undefined;
  const near = Math.round((got.length * inputRate) / outputRate);
  for (let frames = near - 3; frames <= near + 3; frames++) {
    const input = Float32Array.from({ length: frames }, (_, n) => at(offset + n));
    const want = reference(input, inputRate, outputRate);
    if (want.length !== got.length) continue;
    const peak = peakError(got.subarray(skip), want.subarray(skip));
    if (!best || peak < best.peak) best = { offset, frames, peak };
  }
  return best;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * How well a capture of `signal` (seconds long, begun anywhere) matches it, in dB; found by search, a fraction of a sample
 * included. Of four parts the best: the browser's own way from element or stream to context skips when the machine is busy.
 */
export function align(
  got: Int16Array,
  signal: (time: number) => number,
  seconds: number,
): { db: number; start: number } {
  const part = (24_000 * (seconds - 0.4)) / 4;
  const parts = [0, 1, 2, 3].map((index) => alignPart(got, signal, 0.2 * 24_000 + index * part, part));
  return parts.reduce((best, found) => (found.db > best.db ? found : best));
}

function alignPart(
  got: Int16Array,
  signal: (time: number) => number,
  from: number,
  length: number,
): { db: number; start: number } {
  const to = from + length;
  let best = { db: Number.NEGATIVE_INFINITY, start: 0 };
  const look = (start: number, step: number): void => {
    const db = compareAt(got, signal, start, from, to, step);
    if (db > best.db) best = { db, start };
  };
  for (let start = 0; start < got.length - to; start++) look(start, 211);
  for (const width of [1, 0.1, 0.01, 0.001]) {
    const { start } = best;
    best = { db: Number.NEGATIVE_INFINITY, start };
    for (let step = -10; step <= 10; step++) look(start + (step * width) / 10, 7);
  }
  return { db: compareAt(got, signal, best.start, from, to), start: best.start };
}

function compareAt(
  got: Int16Array,
  signal: (time: number) => number,
  start: number,
  from: number,
  to: number,
  step = 1,
): number {
  let power = 0;
  let error = 0;
  const whole = Math.round(start);
  for (let n = from; n < to; n += step) {
    const want = 32_768 * signal((n + whole - start) / 24_000);
    power += want ** 2;
    error += (got[n + whole] - want) ** 2;
  }
  return 10 * Math.log10(power / error);
}

/** Share of the power that is the tone at `hz`. */
export function toneShare(pcm: Int16Array, hz: number, rate: number): number {
  // Short pieces: a jitter buffer stretches time now and then.
  const length = rate / 50;
  let tone = 0;
  let total = 0;
  for (let at = 0; at + length <= pcm.length; at += length) {
    let a = 0;
    let b = 0;
    for (let n = 0; n < length; n++) {
      const sample = pcm[at + n];
      a += sample * Math.cos((2 * Math.PI * hz * n) / rate);
      b += sample * Math.sin((2 * Math.PI * hz * n) / rate);
      total += sample * sample;
    }
    tone += (2 * (a * a + b * b)) / length;
  }
  return tone / total;
}

/** A 16-bit mono WAV of `signal`. */
export function wavOf(signal: (time: number) => number, seconds: number, rate: number): Uint8Array<ArrayBuffer> {
  const pcm = Int16Array.from({ length: seconds * rate }, (_, n) => Math.round(32_767 * signal(n / rate)));
  return monoWav(pcm, rate);
}
