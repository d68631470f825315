/**
 * A signal in which every two neighbouring samples name the source that they belong to and their place in it, so that
 * what a room heard is attributed sample-exactly, however it was cut, lost, doubled or moved. It is loud everywhere.
 *
 * Sample `n` carries, in its upper 15 bits, the low half of `n >> 1` where `n` is even, and the source's number with the
 * high half where `n` is odd; the lowest bit says which. Odd factors scramble both, and the low half the high one, so that it
 * is noise: bytes that look like another format would be warned of.
 */

const lowFactor = 25_173;
const highFactor = 13_849;
const mixFactor = 9_941;
const mask = 0x7fff;

/** Sources that can be told apart. */
export const maxSources = 512;

/** Sample `n` of `source`. */
export function sampleAt(source: number, n: number): number {
  const pair = n >> 1;
  const low = Math.imul(pair & mask, lowFactor) & mask;
  if ((n & 1) === 0) return (low << 1) - 32_768;
  const high = Math.imul((source << 6) | ((pair >> 15) & 63), highFactor) & mask;
  return (((high ^ Math.imul(low, mixFactor)) & mask) << 1) - 32_767;
}

/** A span of a source that is quiet, in samples: `to` is excluded. */
export interface Quiet {
  from: number;
  to: number;
}

/** By so many bits quiet spans are softer: 48 dB, below what counts as silence. A soft sample no longer tells its place. */
const softerBits = 8;
const softest = 2 ** (15 - softerBits);

/** Samples `from` (included) to `to` (excluded) of `source`, soft where it is quiet. */
export function samplesOf(
  source: number,
  from: number,
  to: number,
  quiet: readonly Quiet[] = [],
): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(to - from);
  for (let index = 0; index < samples.length; index++) samples[index] = sampleAt(source, from + index);
  for (const span of quiet)
    for (let n = Math.max(from, span.from); n < Math.min(to, span.to); n++)
      samples[n - from] = (samples[n - from] as number) >> softerBits;
  return samples;
}

/** Samples in a row as a source has them. `source` is -1 for what no source has, -2 for soft samples whose place is not known. */
export interface Run {
  source: number;
  /** Place of the first one in the source. */
  from: number;
  length: number;
}

/** Splits samples into runs, in their order. `quiet` gives the quiet spans of a source. */
export function runsOf(samples: Int16Array, quiet: (source: number) => readonly Quiet[] = () => []): Run[] {
  const runs: Run[] = [];
  let at = 0;
  while (at < samples.length) {
    const found = locate(samples, at);
    const length = found ? lengthAt(samples, at, found, quiet(found.source)) : 0;
    const last = runs.at(-1);
    // Two samples fit by chance where a run of one ends and another begins.
    if (found && length > 2) {
      runs.push({ ...found, length });
      at += length;
      continue;
    }
    const source = Math.abs(samples[at] as number) <= softest ? -2 : -1;
    if (last?.source === source) last.length += 1;
    else runs.push({ source, from: 0, length: 1 });
    at += 1;
  }
  return runs;
}

/** How many samples from `at` on are those of the source from that place on. */
function lengthAt(
  samples: Int16Array,
  at: number,
  { source, from }: Omit<Run, "length">,
  quiet: readonly Quiet[],
): number {
  let length = 0;
  while (at + length < samples.length) {
    const n = from + length;
    const value = sampleAt(source, n);
    const soft = quiet.length > 0 && quiet.some((span) => n >= span.from && n < span.to);
    if (samples[at + length] !== (soft ? value >> softerBits : value)) break;
    length++;
  }
  return length;
}

function locate(samples: Int16Array, at: number): { source: number; from: number } | undefined {
  const isOdd = ((samples[at] as number) & 1) === 1;
  const even = isOdd ? at + 1 : at;
  const low = samples[even];
  const high = samples[even + 1];
  if (low === undefined || high === undefined || (low & 1) === 1 || (high & 1) === 0) return undefined;
  const lower = (low + 32_768) >> 1;
  const upper = Math.imul(((high + 32_768) >> 1) ^ Math.imul(lower, mixFactor), highInverse) & mask;
  const pair = ((upper & 63) << 15) | (Math.imul(lower, lowInverse) & mask);
  return { source: upper >> 6, from: 2 * pair - (isOdd ? 1 : 0) };
}

/** The inverse of an odd factor modulo 2^15, by Newton's iteration, which doubles the bits that are right. */
function inverse(factor: number): number {
  let result = factor;
  for (let round = 0; round < 4; round++) result = Math.imul(result, 2 - Math.imul(factor, result)) & mask;
  return result;
}

const lowInverse = inverse(lowFactor);
const highInverse = inverse(highFactor);
