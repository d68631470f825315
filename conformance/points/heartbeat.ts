import { type Point, s } from "../finding.js";

/** The replica's sign of life, from everything that came in the session. */
export const heartbeat: Point = {
  name: "system.replica_present comes about once a second",
  mark: "likely",
  seconds: 4,
  async run(session) {
    const times = (): number[] =>
      session.heard
        .filter(({ type }) => type === "system.replica_present" || type === "system.pal_present")
        .map(({ at }) => at);
    // Both names come at once.
    const beats = (): number[] => times().filter((at, index, all) => index === 0 || at - (all[index - 1] ?? 0) > 0.05);
    await session.until(() => beats()[1], Math.max(0, 3.2 - (session.now - session.began)));
    const gaps = beats()
      .map((at, index, all) => at - (all[index - 1] ?? Number.NaN))
      .slice(1)
      .sort((a, b) => a - b);
    const median = gaps[Math.floor(gaps.length / 2)];
    const watched = session.now - session.began;
    if (median !== undefined)
      return {
        holds: undefined,
        observed: `${beats().length} came, one every ${s(median)}`,
        settings: {
          heartbeatSeconds: { value: Math.round(median * 100) / 100, atLeast: median - 0.1, atMost: median + 0.1 },
        },
      };
    const lone = beats().length === 1;
    return {
      holds: undefined,
      observed: `${lone ? "one" : "none"} came in ${s(watched)}`,
      // A day stands for never: JSON has no infinity.
      settings: { heartbeatSeconds: { value: lone ? watched : 86_400, atLeast: watched / 2 } },
    };
  },
};
