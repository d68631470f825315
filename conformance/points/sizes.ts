import type { Point } from "../finding.js";
import { mostCharacters } from "../message-room.js";

/** How long a message may be: the client's own value, the room's hint, and real audio up to 65,536 characters. No junk. */
export const sizes: Point = {
  name: "the room takes larger messages than Daily's 4096 characters",
  mark: "likely",
  seconds: 13,
  async run(session) {
    const { limit } = session;
    await limit.ask();
    const from = session.now;
    const before = limit.characters;
    const id = session.newId();
    session.expect(id);
    // One message of more than half a second, as large as may be; a refusal names the limit, and the rest goes in smaller ones.
    const largest = { properties: { sample_rate: 24_000, inference_id: id, done: false } };
    const frames = Math.floor((mostCharacters - 300) / 8) * 3;
    const pcm = session.sound(frames / 24_000, 24_000);
    let sent = "refused by the client";
    if (limit.own === undefined && limit.hint === undefined)
      try {
        session.message(pcm, largest.properties);
        sent = "taken";
      } catch {
        // The limit is known now, or stays as it was.
      }
    if (sent !== "taken") session.audio(pcm, largest.properties, { done: true });
    else session.audio(session.sound(0.1, 24_000), largest.properties, { done: true });
    const { started } = await session.fate(id, from, 1);
    const told = [
      limit.own === undefined ? "the client tells none" : `the client takes ${limit.own}`,
      limit.hint === undefined ? "the room gives no hint" : `the room says ${limit.hint}`,
      ...(limit.refusal === undefined ? [] : [`a refusal named ${limit.refusal}`]),
    ];
    const used = Math.min(limit.characters, mostCharacters);
    return {
      holds: undefined,
      observed: `${told.join(", ")}; messages of ${used} characters are ${started ? "heard" : "not heard"}${used === before ? "" : `, ${before} were known before`}`,
    };
  },
};
