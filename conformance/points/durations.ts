import { enough, type Point, s } from "../finding.js";

/** Pictures a second that the replica's video may have. */
const frameRate = 25;

/** What a stop's `duration` measures: an utterance with a pause in it, whose length is no whole number of pictures. */
export const durations: Point = {
  name: "a stop's duration is the seconds of sound that were heard",
  mark: "unknown",
  seconds: 16,
  async run(session, seen) {
    const { value: abandon = 10 } = seen.abandonSeconds ?? {};
    const first = enough(seen);
    // An id whose silence counts from its message must not be given up within the pause.
    const left = seen.abandonFrom?.value === "dry" ? Number(abandon) : Number(abandon) - first;
    const pause = Math.max(0, Math.min(0.5, left / 2));
    // A tenth of a picture too long.
    const total = (Math.floor(first * frameRate) + 5.1) / frameRate;
    const from = session.now;
    // Without a pause, what the wall clock says is the same.
    const whole = pause <= 0.1;
    const { id } = session.say(whole ? total : first, { done: whole });
    const started = await session.until(() => session.starts(from, id)[0], session.patience);
    if (!started) return { holds: undefined, observed: "the utterance was not heard at all" };
    if (!whole) await session.sleep(first + pause - (session.now - started.at));
    const gap = whole ? 0 : session.now - started.at - first;
    if (!whole) session.say(total - first, { id });
    const stopped = await session.until(() => session.stops(started.at, id)[0], session.patience);
    if (!stopped) return { holds: undefined, observed: "no stop came" };
    const { duration } = stopped.properties;
    const wall = stopped.at - started.at;
    if (duration === null) return { holds: undefined, observed: "null", settings: { durations: { value: "null" } } };
    const readings: [string, number][] = [
      ["seconds", total],
      ["frames", Math.ceil(total * frameRate) / frameRate],
      ["padded", total + 0.2],
      ...(gap > 0.1 ? [["wall", wall] as [string, number]] : []),
    ];
    const off = ([, expected]: [string, number]): number => Math.abs(Number(duration) - expected);
    const [reading] = readings.sort((a, b) => off(a) - off(b));
    const fits = reading !== undefined && off(reading) <= (reading[0] === "wall" ? 0.1 : 0.016);
    return {
      holds: undefined,
      observed: `${s(total)} of sound with a pause of ${s(gap)}, ${s(wall)} from start to stop: duration ${duration}`,
      settings: {
        durations: fits
          ? { value: reading[0], ...(gap <= 0.1 && reading[0] === "seconds" && { oneOf: ["seconds", "wall"] }) }
          : { note: `it is ${duration}` },
      },
    };
  },
};
