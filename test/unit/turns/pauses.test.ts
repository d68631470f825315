import { expect, test } from "vitest";
import { createFakeRoom, type ReplicaModel } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import { pcm } from "../../../src/source/pcm.js";
import { pcmWriter } from "../../../src/source/pcm-writer.js";
import type { Source } from "../../../src/source/source.js";
import { heardOnce } from "../../support/heard-once.js";
import { noisePcm } from "../../support/pcm-source.js";

// A source that pauses: how long the replica keeps an id that hears nothing is unknown, so is what a second id does to the
// first. Under every reading each sample is heard once, and at most 0.1 s twice.
const rate = 24_000;
const format = { encoding: "s16le", sampleRate: rate } as const;
type Pieces = readonly Int16Array[];

const sources: Record<string, (clock: VirtualClock, pieces: Pieces, pause: number) => Source> = {
  "an async iterable": (clock, pieces, pause) =>
    pcm(async function* () {
      for (const [n, piece] of pieces.entries()) {
        if (n > 0) await clock.sleep(pause);
        yield piece.slice();
      }
    }, format),
  "a pcmWriter": (clock, pieces, pause) => {
    const writer = pcmWriter(format);
    void (async () => {
      for (const [n, piece] of pieces.entries()) {
        if (n > 0) await clock.sleep(pause);
        await writer.write(piece.slice());
      }
      writer.end();
    })();
    return writer;
  },
  "a source of one's own": (clock, pieces, pause) => ({
    async open() {
      let n = 0;
      return new ReadableStream<Int16Array>({
        async pull(controller) {
          if (n > 0 && n < pieces.length) await clock.sleep(pause);
          const piece = pieces[n++];
          if (piece) controller.enqueue(piece.slice());
          else controller.close();
        },
      });
    },
  }),
};

async function speak(
  name: string,
  seconds: readonly number[],
  pause: number,
  model: ReplicaModel,
  maxMessageLength = 4096,
  latencySeconds = 0.04,
) {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, model, maxMessageLength, faults: { latencySeconds } });
  const replica = new Replica({ transport: room.transport(), clock });
  const told: string[] = [];
  for (const type of ["warning", "error"] as const)
    replica.on(type, ({ code }) => code !== "source-stalled" && told.push(code));
  const pieces = seconds.map((length, n) => noisePcm(Math.round(length * rate), n + 1));
  const said = Int16Array.from(pieces.flatMap((piece) => [...piece]));
  const turn = replica.speak(sources[name]!(clock, pieces, pause));
  let outcome: Awaited<typeof turn.outcome> | undefined;
  void turn.outcome.then((settled) => {
    outcome = settled;
  });
  for (let n = 0; n < 150 && !outcome; n++) await clock.advance(1);
  const turns = await room.turns();
  const heard = turn.inferenceIds.map((id) => turns.find((one) => one.id === id)!.pcm);
  const result = { outcome: outcome!, told, ids: turn.inferenceIds.length, ...heardOnce(said, heard) };
  await replica.close();
  room.close();
  return result;
}

const readings = [3, 10, Number.POSITIVE_INFINITY].flatMap((abandonSeconds) =>
  (["dry", "arrival"] as const).flatMap((abandonFrom) =>
    (["queues", "replaces"] as const).map((secondId) => ({ abandonSeconds, abandonFrom, secondId })),
  ),
);

/** Short parts run dry at once; a long one goes on while its source pauses. */
const parts = [
  { seconds: [0.7, 0.5, 1.1], limit: 4096 },
  { seconds: [8, 2], limit: 60_000 },
];
const cases = readings.flatMap((reading) =>
  (["kept", "md5"] as const).flatMap((ids) =>
    [4, 6.5, 9.9, 15].flatMap((pause) => parts.map((part) => ({ reading, ids, pause, ...part }))),
  ),
);
/** All of them take minutes: `ALL=1 npx vitest run test/unit/turns/pauses`. Otherwise every 13th, another row for each source. */
const step = process.env.ALL ? 1 : 13;

test.each(Object.keys(sources))(
  "pauses of 4 to 15 s of %s: each sample is heard once",
  async (name) => {
    const found: string[] = [];
    let runs = 0;
    for (let n = Object.keys(sources).indexOf(name); n < cases.length; n += step) {
      const { reading, ids, pause, seconds, limit } = cases[n]!;
      const { outcome, told, missing, doubled, strange } = await speak(
        name,
        seconds,
        pause,
        { ...reading, ids },
        limit,
      );
      runs++;
      if (outcome?.type !== "spoken" || told.length > 0 || missing > 0 || doubled > 0.1 * rate || strange > 0)
        found.push(JSON.stringify({ ...cases[n], outcome, told, missing, doubled, strange }));
    }
    console.log(`${name}: ${runs} of ${cases.length} cases`);
    expect(found).toEqual([]);
  },
  900_000,
);

test("a full lead is no silence: a healthy turn keeps its id", async () => {
  for (const [n, reading] of readings.entries()) {
    const limit = n % 2 ? 4096 : 60_000;
    const { ids, missing, doubled } = await speak("an async iterable", [30], 0, reading, limit);
    expect([reading, limit, ids, missing, doubled]).toEqual([reading, limit, 1, 0, 0]);
  }
});
