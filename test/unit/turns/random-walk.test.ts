import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import type { OpenRequest, Source } from "../../../src/source/source.js";
import type { Turn } from "../../../src/turn/turn.js";
import { pseudoRandom } from "../../support/pseudo-random.js";
import { ScriptedTransport } from "../../support/scripted-transport.js";

const events = 100_000;
const order = ["queued", "opening", "streaming", "sent", "speaking", "settled"];
/** Sample n of every source: what is lost, doubled or moved breaks the row. */
const sample = (n: number): number => ((n * 7) & 0xffff) - 0x8000;
/** The row, which repeats after 65536 samples, twice: a piece of it is one copy, wherever it begins. */
const row = Int16Array.from({ length: 131_072 }, (_, n) => sample(n));
/** Where in the row each value is. */
const places = new Uint16Array(65_536);
for (let n = 0; n < 65_536; n++) places[sample(n) + 0x8000] = n;

test("a random walk: no illegal state, no pending outcome, no message of a dead turn, no sample out of its row", async () => {
  const seed = Number(process.env.WALK_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random walk: ${events} events, seed ${seed}`);
  const random = pseudoRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const replica = new Replica({
    transport,
    clock,
    leadSeconds: 3,
    messagesPerSecond: 50,
    readyTimeoutSeconds: 4,
    resumeWindowSeconds: 2,
  });
  replica.on("error", () => {});

  const turns = new Map<string, { turn: Turn; states: string[]; settled: boolean }>();
  const dead = new Set<string>();
  const sent = new Map<string, { next: number | undefined; done: boolean }>();
  const problems: string[] = [];
  const totals = { turns: 0, messages: 0, interrupts: 0, resumed: 0, outcomes: {} as Record<string, number> };
  let last = "";
  /** A turn has one id after the other. */
  const owners = new Map<string, { settled: boolean }>();
  const owner = (id: string): { settled: boolean } | undefined => {
    const known = owners.get(id) ?? [...turns.values()].find(({ turn }) => turn.inferenceIds.includes(id));
    if (known) owners.set(id, known);
    return known;
  };

  transport.onsend = (message) => {
    totals.messages++;
    if (JSON.stringify(message).length > transport.maxMessageLength) problems.push("a message above the limit");
    if (message.event_type === "conversation.interrupt") {
      totals.interrupts++;
      // What was being sent is dead from here on.
      for (const id of sent.keys()) dead.add(id);
      return;
    }
    const {
      inference_id: id,
      audio,
      done,
    } = message.properties as { inference_id: string; audio?: string; done: boolean };
    const entry = sent.get(id) ?? { next: undefined, done: false };
    if (!sent.has(id) && last && !sent.get(last)!.done && !dead.has(last) && !owner(last)?.settled)
      problems.push(`${id} begins before ${last} is over`);
    last = id;
    sent.set(id, entry);
    if (dead.has(id)) problems.push(`a message of ${id} after an interrupt`);
    if (owner(id)?.settled) problems.push(`a message of ${id}, which is settled`);
    if (entry.done) problems.push(`a message of ${id} after done`);
    entry.done = done;
    if (audio === undefined) return;
    const bytes = Buffer.from(audio, "base64");
    // The first value says where in the row we are, and what may not follow an error.
    entry.next ??= places[bytes.readInt16LE(0) + 0x8000] as number;
    for (let at = 0; at < bytes.length; at += 2) {
      const value = bytes.readInt16LE(at);
      if (value === row[entry.next]) entry.next = (entry.next + 1) & 0xffff;
      else problems.push(`${id}: sample ${entry.next} is ${value}`);
    }
  };

  const source = (): Source => {
    const live = random() < 0.15;
    const length = pick([0, 1, 100, 5000, 50_000, 300_000]);
    const chunk = 1 + below(4000);
    const fate = random();
    const deaf = random() < 0.1;
    return {
      live,
      async open({ ended, signal }: OpenRequest) {
        if (fate < 0.05) throw new Error("cannot open");
        if (random() < 0.3) await clock.sleep(random());
        let at = 0;
        return new ReadableStream<Int16Array>({
          async pull(controller) {
            if (live) await clock.sleep(chunk / 24_000, signal);
            if (signal.aborted) return;
            if (fate > 0.95 && at > length / 2) throw new Error("broke off");
            const count = Math.min(chunk, length - at);
            if (count <= 0 || (ended.aborted && !deaf)) return controller.close();
            controller.enqueue(row.slice(at & 0xffff, (at & 0xffff) + count));
            at += count;
          },
        });
      },
    };
  };
  const watch = (turn: Turn): void => {
    totals.turns++;
    const entry = { turn, states: [turn.state as string], settled: turn.state === "settled" };
    turns.set(turn.id, entry);
    turn.on("state", (state) => {
      entry.states.push(state);
      entry.settled = state === "settled";
    });
    void turn.outcome.then(({ type }) => {
      totals.outcomes[type] = (totals.outcomes[type] ?? 0) + 1;
      if (turn.state !== "settled") problems.push(`${turn.id} has an outcome in state ${turn.state}`);
    });
    if (random() < 0.2)
      turn.at(
        random() * 5,
        () => entry.settled && turn.position.seconds === 0 && problems.push("a cue of a turn not heard"),
      );
  };
  const anyTurn = (): Turn | undefined => pick([...turns.values()].slice(-6))?.turn;
  const anyId = (): string | undefined => pick([anyTurn()?.id, "foreign", undefined, `rewritten-${anyTurn()?.id}`]);
  const say = (event_type: string, properties?: object): void =>
    transport.message({
      message_type: "conversation",
      event_type,
      inference_id: anyId(),
      ...(properties && { properties }),
    });
  const actions: [number, () => void][] = [
    [3, () => watch(replica.speak(source(), random() < 0.3 ? { mode: pick(["queue", "replace"]) } : {}))],
    [1, () => watch(replica.say(pick(["", "Some words to say.", "x".repeat(9000)])))],
    [0.4, () => void replica.interrupt()],
    [0.8, () => anyTurn()?.interrupt()],
    [3, () => anyTurn()?.end()],
    [
      2,
      () => {
        try {
          const turn = anyTurn();
          if (turn) watch(turn.resume());
          totals.resumed++;
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
        }
      },
    ],
    [4, () => transport.ready()],
    [0.3, () => transport.tell({ type: "left" })],
    [0.3, () => transport.tell({ type: "replica", present: false })],
    [0.7, () => transport.tell({ type: "network", up: false })],
    [2, () => transport.tell({ type: "network", up: true })],
    [
      1,
      () => {
        transport.maxMessageLength = pick([300, 1200, 4096, 26_000]);
        transport.trueLimit = pick([Number.POSITIVE_INFINITY, transport.maxMessageLength, 300, 1200]);
        transport.tell({ type: "limit", maxMessageLength: transport.maxMessageLength });
      },
    ],
    [6, () => say("conversation.replica.started_speaking")],
    [
      6,
      () =>
        say("conversation.replica.stopped_speaking", {
          duration: pick([0, random() * 4, null, anyTurn()?.position.seconds]),
          interrupted: random() < 0.2,
        }),
    ],
  ];
  const weight = actions.reduce((sum, [share]) => sum + share, 0);
  const act = (): void => {
    let at = random() * weight;
    for (const [share, action] of actions) {
      at -= share;
      if (at < 0) {
        action();
        return;
      }
    }
  };

  transport.ready();
  for (let n = 0; n < events && problems.length === 0; n++) {
    act();
    if (random() < 0.3) await clock.advance(random() < 0.1 ? 2 * random() : 0.1 * random());
    if (turns.size > 400)
      for (const [id, { settled }] of turns) {
        if (turns.size <= 100) break;
        if (settled) turns.delete(id);
      }
    if (n % 1000 === 0) for (const { states } of turns.values()) checkOrder(states, problems);
  }
  for (const { states } of turns.values()) checkOrder(states, problems);
  await replica.close();
  await clock.advance(1);
  const { outcomes } = totals;
  console.log("random walk:", JSON.stringify(totals));
  expect(problems, `seed ${seed}`).toEqual([]);
  // Every turn has its outcome.
  expect(
    Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    `seed ${seed}`,
  ).toBe(totals.turns);
  expect([...turns.values()].filter(({ settled }) => !settled)).toEqual([]);
  // The walk went everywhere.
  for (const type of ["spoken", "interrupted", "failed"]) expect(outcomes[type] ?? 0, type).toBeGreaterThan(20);
  expect(totals.resumed).toBeGreaterThan(20);
  expect(transport.refusals).toBeGreaterThan(20);
}, 300_000);

function checkOrder(states: string[], problems: string[]): void {
  states.forEach((state, n) => {
    if (n > 0 && order.indexOf(state) <= order.indexOf(states[n - 1] as string))
      problems.push(`illegal: ${states.join(" → ")}`);
  });
}
