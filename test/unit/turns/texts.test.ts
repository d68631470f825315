import { expect, test } from "vitest";
import { pseudoRandom } from "../../support/pseudo-random.js";
import { replicaRoom } from "../../support/replica-room.js";

// Streamed text leaves as it arrives, but for its last word, which may be half a word: that waits 0.3 s at most.
const words = "one two three four five six seven eight nine ten eleven twelve".split(" ");
/** A thousand take a minute: `ALL=1 npx vitest run test/unit/turns/texts`. */
const count = process.env.ALL ? 1000 : 60;

test(`${count} texts in pieces, with pauses of 0 to 5 s: every word is said once, and none waits longer than 0.3 s`, async () => {
  const random = pseudoRandom(20_261_201);
  const found: string[] = [];
  let longest = 0;
  let ids = 0;
  for (let n = 0; n < count; n++) {
    const { clock, room, replica, close } = await replicaRoom({
      model: {
        emptyLastChunk: n % 2 ? "ends" : "ignored",
        abandonSeconds: n % 3 ? 3 : 10,
        abandonFrom: n % 4 < 2 ? "dry" : "arrival",
        secondId: n % 5 ? "queues" : "replaces",
      },
    });
    // Whole words, so that what is held back is one.
    const pieces = Array.from({ length: 1 + Math.floor(5 * random()) }, () =>
      Array.from({ length: 1 + Math.floor(3 * random()) }, () => `${words[Math.floor(words.length * random())]} `).join(
        "",
      ),
    );
    const pauses = pieces.map(() => 5 * random() * random());
    const arrived: number[] = [];
    const turn = replica.say(
      (async function* () {
        for (const [at, piece] of pieces.entries()) {
          await clock.sleep(pauses[at]!);
          arrived.push(clock.now());
          yield piece.trimEnd() + (random() < 0.5 ? " " : "");
          if (random() < 0.5) yield " ";
        }
      })(),
    );
    let settled = false;
    void turn.outcome.then(() => {
      settled = true;
    });
    for (let step = 0; step < 200 && !settled; step++) await clock.advance(1);
    const outcome = await turn.outcome;
    const turns = await room.turns();
    const heard = turn.inferenceIds.map((id) => turns.find((one) => one.id === id)?.text ?? "");
    // What the text's own pieces do not part is one word: only letters and their order are compared.
    const said = heard.join("").replace(/\s/g, "");
    const wanted = pieces.join("").replace(/\s/g, "");
    ids = Math.max(ids, turn.inferenceIds.length);
    // A piece that arrives while its id is open has left 0.3 s later; behind an id that was closed it waits for its end.
    const sent = room.messages
      .filter(({ data }) => (data as { event_type: string }).event_type === "conversation.echo")
      .map(({ at, data }) => ({ at, ...(data as { properties: { text: string; inference_id: string } }).properties }));
    const first = sent.filter(({ inference_id: id, text }) => id === turn.id && text.trim());
    const lengthOf = (text: string): number => text.replace(/\s/g, "").length;
    for (const at of pieces.keys()) {
      const due = lengthOf(pieces.slice(0, at + 1).join(""));
      const left = first.map((_, n) => first.slice(0, n + 1).reduce((sum, { text }) => sum + lengthOf(text), 0));
      const leaving = first[left.findIndex((length) => length >= due)];
      if (leaving) longest = Math.max(longest, leaving.at - arrived[at]!);
    }
    if (said !== wanted || outcome.type !== "spoken")
      found.push(JSON.stringify({ n, pieces, pauses, said, wanted, outcome }));
    await close();
  }
  console.log(`${count} texts, up to ${ids} ids, the longest wait of a word ${longest.toFixed(3)} s`);
  expect(found).toEqual([]);
  // A message leaves in a slot of its own, 53 ms apart at most.
  expect(longest).toBeLessThan(0.354);
}, 600_000);
