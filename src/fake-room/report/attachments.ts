import type { HeardTurn } from "../options.js";
import { wav } from "../replica/wav.js";

/** What is used of Playwright's TestInfo: structural, and `never` for what only Node's types can name (a Buffer). */
export interface Attachable {
  attach(name: string, options: never): Promise<void>;
}

/** What happened in the rooms of a page. */
export interface Report {
  readonly timeline: string;
  /** Why nothing was heard. */
  readonly why: string | undefined;
  readonly faults: object;
  readonly turns: readonly HeardTurn[];
}

/** Seconds of silence between two turns in a file. */
const pauseSeconds = 0.5;

/** Attaches `timeline.txt`, `faults.json` and `heard.wav`; one file per sample rate when there are several, none when nothing was heard. */
export async function attachReport(testInfo: Attachable, { timeline, why, faults, turns }: Report): Promise<void> {
  const attach = (name: string, contentType: string, body: string | Uint8Array): Promise<void> =>
    testInfo.attach(name, { body, contentType } as never);
  const head = why === undefined ? "" : `Nothing was heard. ${why}\n\n`;
  const list = turns.map((turn) => `${JSON.stringify(turn)}\n`).join("");
  await attach("timeline.txt", "text/plain", `${head}${timeline}\n${list}`);
  const json = JSON.stringify(
    faults,
    (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value),
    2,
  );
  await attach("faults.json", "application/json", json);
  const rates = [...new Set(turns.filter(({ seconds }) => seconds > 0).map(({ sampleRate }) => sampleRate))];
  for (const rate of rates) {
    const pieces = turns.filter(({ sampleRate }) => sampleRate === rate).map(({ pcm }) => pcm);
    const name = rates.length === 1 ? "heard.wav" : `heard-${rate}.wav`;
    await attach(name, "audio/wav", nodeBuffer(wav(joined(pieces, pauseSeconds * rate), rate)));
  }
}

function joined(pieces: readonly Int16Array[], pauseFrames: number): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length + pauseFrames, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length + pauseFrames;
  }
  return all;
}

/** Playwright takes a Buffer; src/ is compiled without Node's types. */
function nodeBuffer(bytes: Uint8Array): Uint8Array {
  const { Buffer } = globalThis as { Buffer?: { from(bytes: Uint8Array): Uint8Array } };
  return Buffer?.from(bytes) ?? bytes;
}
