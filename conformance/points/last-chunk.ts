import { enough, type Point, type Settings, s, shortPause } from "../finding.js";

/** An empty message with `done: true`. */
export const emptyLastChunk: Point = {
  name: "an empty last chunk with done: true ends the utterance",
  mark: "unknown",
  seconds: 14,
  async run(session, seen) {
    const sound = enough(seen);
    const common = { sample_rate: 24_000, inference_id: session.newId() };
    session.expect(common.inference_id);
    const from = session.now;
    session.say(sound, { id: common.inference_id, done: false });
    session.send("conversation.echo", { modality: "audio", audio: "", ...common, done: true });
    const started = await session.until(() => session.starts(from, common.inference_id)[0], session.patience);
    const wait = sound + session.reaction + 0.2;
    const stopped = started && (await session.until(() => session.stops(from, common.inference_id)[0], wait));
    const after = started && stopped && stopped.at - started.at;
    const settings: Settings = {
      emptyLastChunk: { value: after !== undefined && after <= sound + 0.15 ? "ends" : "ignored" },
    };
    // An id that is given up by then stops as well, whatever the empty chunk does.
    const { value = 10, atLeast } = seen.abandonSeconds ?? {};
    const givenUp = Number(atLeast ?? value) + (seen.abandonFrom?.value === "dry" ? sound : 0);
    if (settings.emptyLastChunk?.value === "ends" && givenUp <= sound + 0.15)
      settings.emptyLastChunk = { value: "ends", oneOf: ["ends", "ignored"], note: "an id is given up as soon" };
    return {
      holds: undefined,
      observed: after === undefined ? `no stop within ${s(wait)}` : `stops after ${s(after)}`,
      settings,
    };
  },
};

/** `done` on the last message, and missing. */
export const done: readonly Point[] = [
  {
    name: "the last chunk, with done: true, is heard in full",
    mark: "certain",
    seconds: 14,
    async run(session) {
      const from = session.now;
      const chunkFrames = Math.min(session.limit.chunkFrames, 12_000);
      const sent = (2 * chunkFrames) / 24_000;
      const { id } = session.say(sent, { chunkFrames });
      const { started, stopped } = await session.fate(id, from, sent);
      const wall = started && stopped && stopped.at - started.at;
      return { holds: (wall ?? 0) >= 0.75 * sent, observed: `${s(sent)} sent, ${s(wall)} heard` };
    },
  },
  {
    name: "a message that comes again after done is not heard again",
    mark: "certain",
    seconds: 16,
    async run(session) {
      const from = session.now;
      const chunkFrames = Math.min(session.limit.chunkFrames, 4800);
      const sent = (5 * chunkFrames) / 24_000;
      const { id } = session.say(sent, { chunkFrames });
      const last = session.sound(sent, 24_000).slice(4 * chunkFrames);
      const repeat = (): void => session.audio(last, { sample_rate: 24_000, inference_id: id, done: true }, {});
      // Once while the utterance plays, and once when it is over.
      repeat();
      const { started, stopped } = await session.fate(id, from, 1);
      const wall = started && stopped && stopped.at - started.at;
      await session.sleep(0.4);
      const over = session.now;
      repeat();
      const again = stopped && (await session.until(() => session.starts(over, id)[0], session.reaction + 0.3));
      return {
        holds: again === undefined && wall !== undefined && wall < 1.1 * sent + 0.1,
        observed: `${s(sent)} sent, ${s(wall)} heard${again ? ", then heard again" : ""}`,
      };
    },
  },
  {
    name: "done is assumed to be false for audio: the utterance stays open",
    mark: "certain",
    seconds: 15,
    async run(session, seen) {
      const from = session.now;
      const id = session.newId();
      session.expect(id);
      const sound = enough(seen);
      session.audio(session.sound(sound, 24_000), { sample_rate: 24_000, inference_id: id }, {});
      const started = await session.until(() => session.starts(from, id)[0], session.patience);
      if (!started) return { holds: false, observed: "the utterance was not heard at all" };
      await session.sleep(shortPause(seen));
      session.say(0.5, { id });
      const stopped = await session.until(() => session.stops(from, id)[0], session.patience);
      const wall = stopped && stopped.at - started.at;
      const count = session.starts(from, id).length;
      return { holds: count === 1 && (wall ?? 0) > sound + 0.35, observed: `${count} utterance of ${s(wall)}` };
    },
  },
  {
    name: 'done: "true", as older examples write it, ends the utterance',
    mark: "unknown",
    seconds: 14,
    async run(session, seen) {
      const sound = enough(seen);
      const from = session.now;
      const id = session.newId();
      session.expect(id);
      const common = { sample_rate: 24_000, inference_id: id };
      session.audio(session.sound(sound, 24_000), { ...common, done: false }, {});
      session.audio(session.sound(0.2, 24_000), { ...common, done: "true" }, {});
      const started = await session.until(() => session.starts(from, id)[0], session.patience);
      const stopped =
        started && (await session.until(() => session.stops(from, id)[0], sound + 0.2 + session.reaction));
      const wall = started && stopped && stopped.at - started.at;
      const verdict =
        wall === undefined
          ? "does not end it"
          : wall > sound + 0.1
            ? "ends it, and its sound is heard"
            : "ends it, its sound is not heard";
      return { holds: undefined, observed: `${verdict} (${s(sound + 0.2)} sent, ${s(wall)} heard)` };
    },
  },
];
