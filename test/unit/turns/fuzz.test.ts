import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";
import { pseudoRandom } from "../../support/pseudo-random.js";
import { ScriptedTransport } from "../../support/scripted-transport.js";

const messages = 200_000;

test("200,000 malformed inbound messages cause no throw and no change", async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`fuzz: ${messages} messages, seed ${seed}`);
  const random = pseudoRandom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const huge = "x".repeat(1_000_000);
  const deep: unknown[] = [];
  for (let at = deep, n = 0; n < 500; n++) {
    const inner: unknown[] = [];
    at.push(inner);
    at = inner;
  }
  const wrong = (): unknown =>
    pick<unknown>([
      null,
      undefined,
      0,
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e308,
      true,
      "",
      "0",
      "true",
      huge,
      [],
      {},
      deep,
      () => 1,
      Symbol("s"),
      10n,
      new Date(0),
      JSON.parse('{"__proto__":{"type":"started"},"constructor":1}'),
    ]);
  const types = [
    "conversation.replica.started_speaking",
    "conversation.replica.stopped_speaking",
    "conversation.started_speaking",
    "conversation.stopped_speaking",
    "conversation.replica_interrupted",
    "conversation.utterance",
    "conversation.utterance.streaming",
    "system.shutdown",
    "conversation.echo",
    "conversation.interrupt",
    "__proto__",
    "constructor",
    "toString",
  ];
  const properties = (): unknown => ({
    role: pick(["replica", "pal", "user"]),
    duration: random() * 9,
    interrupted: random() < 0.5,
    speech: "s",
    final: true,
  });
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error("a trap");
      },
      has: () => {
        throw new Error("a trap");
      },
      ownKeys: () => {
        throw new Error("a trap");
      },
    },
  );

  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const replica = new Replica({ transport, clock });
  let raw = 0;
  const told: string[] = [];
  replica.on("raw", () => raw++);
  for (const type of ["state", "speaking", "silent", "utterance", "warning", "error"] as const)
    replica.on(type, () => told.push(type));
  transport.ready();
  const turn = replica.speak(pcmSource(noisePcm(24_000 * 5)));
  const states: string[] = [];
  await clock.advance(2);
  turn.on("state", (state) => states.push(state));
  const before = JSON.stringify([replica.state, replica.stats(), turn.state, turn.position]);
  told.length = 0;

  /** One thing about an event of Tavus' is wrong, or all; or a right one comes from a wrong sender. */
  const message = (): [unknown, boolean] => {
    const right = {
      message_type: "conversation",
      event_type: pick(types),
      properties: properties(),
      inference_id: pick([turn.id, "x", undefined]),
      seq: Math.floor(random() * 1000),
    };
    switch (Math.floor(random() * 8)) {
      case 0:
        return [wrong(), true];
      case 1:
        return [{ ...right, message_type: pick([wrong(), "chat", "Conversation"]) }, true];
      case 2:
        return [{ ...right, event_type: pick([wrong(), ...types.slice(8)]) }, true];
      case 3:
        return [{ ...right, properties: pick([0, 1, true, "x", huge, [], deep, 10n, Symbol("s")]) }, true];
      case 4:
        return [{ ...right, inference_id: pick([0, true, "", huge, [], {}, deep, 10n]) }, true];
      case 5:
        return [{ ...right, seq: pick([1.5, "1", true, [], {}, Number.NaN, 1e308]) }, true];
      case 6:
        return [
          pick([
            trap,
            JSON.stringify(right),
            [right],
            Object.create(null),
            { ...right, event_type: "conversation.stopped_speaking", properties: trap },
          ]),
          true,
        ];
      default:
        return [right, false];
    }
  };
  for (let n = 0; n < messages; n++) transport.message(...message());
  await clock.advance(0);
  expect(raw).toBe(messages);
  expect(told, `seed ${seed}`).toEqual([]);
  expect(states).toEqual([]);
  expect(JSON.stringify([replica.state, replica.stats(), turn.state, turn.position]), `seed ${seed}`).toBe(before);
  expect(({} as { type?: string }).type).toBeUndefined();
  await clock.advance(10);
  expect((await turn.outcome).type).toBe("spoken");
  await replica.close();
}, 120_000);
