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

/** Samples `from` (included) to `to` (excluded) of `source`. */
export function samplesOf(source: number, from: number, to: number): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(to - from);
  for (let index = 0; index < samples.length; index++) samples[index] = sampleAt(source, from + index);
  return samples;
}

/** Samples in a row as a source has them. `source` is -1 for what no source has. */
export interface Run {
  source: number;
  /** Place of the first one in the source. */
  from: number;
  length: number;
}

/** Splits samples into runs, in their order. */
export function runsOf(samples: Int16Array): Run[] {
  const runs: Run[] = [];
  let at = 0;
  while (at < samples.length) {
    const found = locate(samples, at);
    let length = 0;
    if (found)
      while (at + length < samples.length && samples[at + length] === sampleAt(found.source, found.from + length))
        length++;
    const last = runs.at(-1);
    // Two samples fit by chance where a run of one ends and another begins.
    if (found && length > 2) runs.push({ ...found, length });
    else if (last?.source === -1) last.length += 1;
    else runs.push({ source: -1, from: 0, length: 1 });
    at += found && length > 2 ? length : 1;
  }
  return runs;
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
