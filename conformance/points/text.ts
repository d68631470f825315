import { type Point, s } from "../finding.js";

/** Text echo, which the persona's own voice says. A persona without a TTS says nothing. */
export const text: readonly Point[] = [
  {
    name: "text is the modality, and done true, when both are missing",
    mark: "certain",
    seconds: 16,
    async run(session) {
      const from = session.now;
      const id = session.newId();
      session.expect(id);
      session.send("conversation.echo", { text: "hello there", inference_id: id });
      const { started, stopped } = await session.fate(id, from, 2, 5);
      const wall = started && stopped && stopped.at - started.at;
      return { holds: wall === undefined ? false : wall > 0.2, observed: `"hello there" takes ${s(wall)}` };
    },
  },
  {
    name: "text in pieces under one inference_id is one utterance",
    mark: "likely",
    seconds: 12,
    async run(session) {
      const from = session.now;
      const common = { modality: "text", inference_id: session.newId() };
      session.expect(common.inference_id);
      session.send("conversation.echo", { ...common, text: "One, ", done: false });
      session.send("conversation.echo", { ...common, text: "two.", done: true });
      await session.fate(common.inference_id, from, 2, 3);
      await session.sleep(session.reaction);
      return { holds: undefined, observed: `${session.starts(from).length} utterance(s) heard` };
    },
  },
  {
    name: "without inference_id every message is an utterance of its own",
    mark: "certain",
    seconds: 6,
    async run(session) {
      const from = session.now;
      const pcm = session.sound(0.3, 24_000);
      const message = { sample_rate: 24_000, done: true };
      session.audio(pcm, message, {}, pcm.length);
      // Where a second id cuts the first, it must not come before the first is heard.
      await session.sleep(0.5);
      session.audio(pcm, message, {}, pcm.length);
      await session.until(() => session.stops(from)[1], 3);
      const ids = new Set(session.starts(from).map(({ id, at }) => id ?? at));
      const parts = Math.ceil(pcm.length / Math.min(pcm.length, session.limit.chunkFrames));
      return { holds: ids.size >= 2, observed: `${ids.size} utterances for ${2 * parts} messages` };
    },
  },
];
