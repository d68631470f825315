import { type Point, s } from "../finding.js";

/** Two utterances at once: the second waits for the first, or cuts it. */
export const secondId: Point = {
  name: "a second utterance waits for the first",
  mark: "unknown",
  seconds: 14,
  async run(session) {
    const from = session.now;
    const first = session.say(0.8);
    const second = session.say(0.4);
    const started = await session.until(
      () => session.starts(from, second.id).find(({ id }) => id !== undefined || session.starts(from).length > 1),
      session.patience + 1,
    );
    const before = session.starts(from, first.id)[0];
    await session.until(() => session.stops(from, second.id)[0], 0.4 + session.reaction);
    const gap = started && before && started.at - before.at;
    if (!started) return { holds: undefined, observed: "the second is not heard" };
    const queues = gap !== undefined && gap > 0.4;
    return {
      holds: undefined,
      observed: before ? `it starts ${s(gap)} after the first, which has 0.80 s` : "only the second is heard",
      settings: { secondId: { value: queues ? "queues" : "replaces" } },
    };
  },
};
