import { expect, test } from "vitest";
import { settingInWords } from "../../conformance/report.js";
import type { Setting, SettingName } from "../../conformance/suite.js";
import { points } from "../../conformance/suite.js";
import { defaultModel, type Model } from "../../src/fake-room/replica/model.js";
import { conformIn } from "../support/conformance-run.js";
import { pseudoRandom } from "../support/pseudo-random.js";

const choices: { [Name in keyof Model]: readonly Model[Name][] } = {
  prebufferSeconds: [0, 0.05, 0.1, 0.25, 0.6, 1.5],
  ids: ["md5", "kept"],
  emptyLastChunk: ["ends", "ignored"],
  eventsFrom: ["replica", "hidden"],
  generations: ["both", "older", "unified"],
  durations: ["seconds", "null", "wall", "frames", "padded"],
  secondId: ["queues", "replaces"],
  conversationIds: [true, false],
  interruptedStops: ["always", "started", "never"],
  abandonSeconds: [1, 2, 3, 10, 20, Number.POSITIVE_INFINITY],
  abandonFrom: ["arrival", "dry"],
  listensAfterSeconds: [0, 0.4, 1.7, 4],
  heartbeatSeconds: [0.5, 1, 4, Number.POSITIVE_INFINITY],
  interruptsGreeting: [true, false],
  greeting: ["", "", "Hello, nice to meet you."],
};

/** The points that tell a setting. */
const telling = points.filter(({ name }) => !/sample_rate|certain|text|at once|alone|user events|"true"/.test(name));
const combinations = 50;

/** How a setting was named: exactly, by a bound that holds, or wrongly. */
function judge(setting: Setting | undefined, truth: string | number | boolean): "exact" | "bound" | "unseen" | "wrong" {
  if (!setting) return "unseen";
  const { value, atLeast, atMost, oneOf } = setting;
  if (oneOf) return oneOf.includes(String(truth)) ? "bound" : "wrong";
  if (typeof truth === "number") {
    if (typeof value === "number" && Math.abs(value - truth) <= 0.021) return "exact";
    const inside = truth >= (atLeast ?? 0) - 0.021 && truth <= (atMost ?? Number.POSITIVE_INFINITY) + 0.021;
    return (atLeast ?? atMost) === undefined ? "unseen" : inside ? "bound" : "wrong";
  }
  return value === undefined ? "unseen" : value === truth ? "exact" : "wrong";
}

test.each([20261201, 7, 99, 4711])(
  "50 combinations of the model, seed %i: the report names each setting, or its bound",
  async (seed) => {
    const random = pseudoRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const tally: Record<string, Record<string, number>> = {};
    const wrong: string[] = [];
    for (let n = 0; n < combinations; n++) {
      const model = Object.fromEntries(
        Object.entries(choices).map(([name, list]) => [name, pick(list as never[])]),
      ) as unknown as Model;
      const { report } = await conformIn(
        { model, seed: n + 1, maxMessageLength: pick([4096, 20_000, 262_144, 262_144]) },
        telling,
      );
      for (const [name, truth] of Object.entries(model) as [SettingName, Model[SettingName]][]) {
        // A greeting's text is nobody's to hear, and without one nothing shows what an interrupt does to it.
        if (name === "greeting" || (name === "interruptsGreeting" && !model.greeting)) continue;
        const verdict = judge(report.settings[name], truth);
        tally[name] ??= {};
        tally[name][verdict] = (tally[name][verdict] ?? 0) + 1;
        if (verdict === "wrong" || verdict === "unseen")
          wrong.push(
            `${n}: ${name} is ${truth}, seen: ${settingInWords(report.settings[name] ?? {})} in ${JSON.stringify(model)}`,
          );
      }
    }
    console.log(`seed ${seed}`, tally);
    expect(wrong.slice(0, 20)).toEqual([]);
  },
);

test("a room that is made of the report is reported alike", async () => {
  for (const model of [
    {},
    {
      ids: "kept",
      durations: "padded",
      interruptedStops: "always",
      secondId: "replaces",
      abandonSeconds: 2,
      abandonFrom: "dry",
      prebufferSeconds: 0.24,
    },
  ] as const) {
    const { report } = await conformIn({ model }, telling);
    const again = await conformIn({ model: report.model }, telling);
    expect(again.report.model).toEqual(report.model);
    const { greeting, interruptsGreeting, ...told } = { ...defaultModel, ...model };
    expect(report.model).toEqual(told);
  }
});
