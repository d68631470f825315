import { enough, type Point, s } from "../finding.js";

function carried(heard: number | undefined, wall: number | undefined): string {
  if (heard === undefined || wall === undefined) return "no end comes";
  if (heard < 1.4) return "some are lost";
  return wall > 1.65 ? "they are delayed" : "all are heard in time";
}

/** What else nobody could say, one point each. */
export const unknowns: readonly Point[] = [
  {
    name: "more than 20 messages a second are carried",
    mark: "unknown",
    seconds: 14,
    async run(session, seen) {
      const from = session.now;
      // 60 messages of 25 ms, at once.
      const { id } = session.say(1.5, { chunkFrames: 600 });
      const { started, stopped } = await session.fate(id, from, 1.5);
      const wall = started && stopped && stopped.at - started.at;
      // Without the last message it plays on until it is given up: then only the duration tells what was heard.
      const counts = /^(seconds|frames|padded)$/.test(String(seen.durations?.value));
      const heard = counts ? Number(stopped?.properties.duration) : wall;
      return {
        holds: undefined,
        observed: `60 at once: ${carried(heard, wall)} (1.50 s sent, ${s(heard)} heard, ${s(wall)} from start to stop)`,
      };
    },
  },
  {
    name: "faster than real time: twelve seconds sent at once are heard in twelve",
    mark: "unknown",
    seconds: 25,
    async run(session) {
      const from = session.now;
      const { id } = session.say(12, { rate: 16_000 });
      const { started, stopped } = await session.fate(id, from, 12);
      const wall = started && stopped && stopped.at - started.at;
      const all = wall !== undefined && wall > 11.7;
      return {
        holds: undefined,
        observed: `${all ? "at least 12 s are buffered" : "not all is buffered"}: ${s(wall)} between start and stop`,
      };
    },
  },
  {
    name: "sample_rate may change within an id",
    mark: "unknown",
    seconds: 13,
    async run(session, seen) {
      const sound = enough(seen);
      const from = session.now;
      const { id } = session.say(sound, { done: false });
      session.say(0.6, { id, rate: 16_000 });
      const started = await session.until(() => session.starts(from, id)[0], session.patience);
      const stopped =
        started && (await session.until(() => session.stops(from, id)[0], sound + 0.6 + session.reaction));
      const wall = started && stopped && stopped.at - started.at;
      const verdict =
        wall === undefined
          ? "refused: the utterance stays open"
          : Math.abs(wall - sound - 0.6) < 0.1
            ? "taken at its own rate"
            : Math.abs(wall - sound - 0.4) < 0.1
              ? "taken at the first rate"
              : "neither of both";
      return { holds: undefined, observed: `${verdict} (${s(wall)} heard)` };
    },
  },
  {
    name: "a message to the replica alone is heard",
    mark: "unknown",
    seconds: 6,
    async run(session) {
      const replica = Object.values(session.call.participants()).find(({ user_id }) =>
        user_id.includes("tavus-replica"),
      );
      if (!replica) return { holds: undefined, observed: "no replica is among the participants" };
      const from = session.now;
      const { id } = session.say(0.4, { to: replica.session_id });
      const { started } = await session.fate(id, from, 0.4, 1 + session.reaction);
      return { holds: undefined, observed: started ? "heard" : "not heard" };
    },
  },
  {
    name: "no user events come while the microphone is off",
    mark: "likely",
    seconds: 0,
    async run(session) {
      const user = session.heard.filter(({ type, properties }) => /\.user\./.test(type) || properties.role === "user");
      return { holds: undefined, observed: user.length === 0 ? "none came" : `${user.length} came: ${user[0]?.type}` };
    },
  },
];
