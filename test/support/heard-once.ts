/** Samples of `said` that were not heard, and that were heard more than once; `strange`: samples that are no part of it in order. */
export interface HeardOnce {
  missing: number;
  doubled: number;
  strange: number;
}

/** Samples that identify a place: noise repeats none of this length. */
const fingerprint = 24;

/**
 * Compares what was said with what the room heard, piece by piece (one piece for each id). `said` must not repeat itself
 * within a fingerprint: noise does not.
 */
export function heardOnce(said: Int16Array, pieces: readonly Int16Array[]): HeardOnce {
  const times = new Uint8Array(said.length);
  let strange = 0;
  for (const piece of pieces) {
    let at = 0;
    let place = -1;
    while (at < piece.length) {
      if (place >= 0 && place < said.length && piece[at] === said[place]) {
        times[place] = (times[place] as number) + 1;
        place++;
        at++;
        continue;
      }
      // Somewhere else, or nowhere.
      const rest = piece.subarray(at, at + fingerprint);
      place = find(said, rest);
      if (place < 0) {
        strange++;
        at++;
      }
    }
  }
  const count = (test: (n: number) => boolean): number => times.reduce((sum, n) => sum + (test(n) ? 1 : 0), 0);
  return { missing: count((n) => n === 0), doubled: count((n) => n > 1), strange };
}

function find(said: Int16Array, part: Int16Array): number {
  for (let at = 0; at + part.length <= said.length; at++) {
    let same = 0;
    while (same < part.length && said[at + same] === part[same]) same++;
    if (same === part.length) return at;
  }
  return -1;
}
