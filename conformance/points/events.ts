import { about, type Point, type Settings, s } from "../finding.js";
import { isStart, isStop } from "../heard.js";

/** One utterance, and everything that is told of it. */
export const events: Point = {
  name: "events: who sends them, under which names and ids, in which order",
  mark: "unknown",
  seconds: 14,
  async run(session) {
    const from = session.now;
    const { id, at } = session.say(0.5);
    const { started, stopped } = await session.fate(id, from, 0.5);
    if (!started) return { holds: false, observed: "half a second of sound starts nothing within 10 s" };
    session.delay = started.at - at;
    session.latency = Math.min(1, Math.max(0.02, session.delay));
    await session.sleep(session.reaction);
    const speaking = session.heard.filter((event) => event.at >= from && (isStart(event) || isStop(event)));
    const older = speaking.some(({ type }) => type.includes(".replica."));
    const unified = speaking.some(({ type }) => !type.includes(".replica."));
    const others = Object.values(session.call.participants());
    const sender = others.find(({ session_id }) => session_id === started.fromId);
    const rule = session.rule;
    const settings: Settings = {
      generations: { value: older && unified ? "both" : older ? "older" : "unified" },
      eventsFrom: { value: sender?.user_id.includes("tavus-replica") ? "replica" : "hidden" },
      ids: idsOf(started.id, rule),
      conversationIds: { value: speaking.every(({ data }) => data.conversation_id === session.conversationId) },
    };
    const seqs = session.heard.map(({ data }) => data.seq).filter((seq) => typeof seq === "number");
    const rising = seqs.every((seq, index) => index === 0 || seq >= (seqs[index - 1] as number));
    const names = speaking.map(({ type, properties }) => {
      const name = type.replace("conversation.", "");
      return properties.role ? `${name}(${properties.role})` : name;
    });
    const ids =
      started.id === undefined
        ? "no inference_id"
        : (rule ?? `another id by no known rule (sent ${id}, got ${started.id})`);
    const order = seqs.length === 0 ? "seq is missing" : rising ? "seq rises" : "seq comes out of order";
    const who = sender
      ? settings.eventsFrom?.value === "replica"
        ? "the replica"
        : "another participant"
      : "a session that is not seen";
    return {
      holds: stopped !== undefined && (started.id === stopped.id || undefined),
      observed: `from ${who}: ${names.join(", ")}; inference_id: ${ids}; ${order}; first after ${s(session.latency)}`,
      settings,
    };
  },
};

function idsOf(id: string | undefined, rule: string | undefined) {
  if (id === undefined) return { note: "events carry no inference_id" };
  if (rule === "as it was sent") return { value: "kept" };
  if (rule === "MD5 of the text as a UUID") return { value: "md5" };
  return { value: "md5", note: rule ? `the rule is: ${rule}` : "by a rule that is none of the candidates" };
}

/** `sample_rate` as it is sent, and as it is assumed. */
export const rates: readonly Point[] = [
  {
    name: "sample_rate 24000: a second of samples is heard for a second",
    mark: "certain",
    seconds: 13,
    async run(session) {
      const from = session.now;
      const { id } = session.say(1);
      const { started, stopped } = await session.fate(id, from, 1);
      const wall = started && stopped && stopped.at - started.at;
      return { holds: about(wall, 1), observed: `heard ${s(wall)}` };
    },
  },
  {
    name: "sample_rate is assumed to be 16000 when it is missing",
    mark: "certain",
    seconds: 14,
    async run(session) {
      const from = session.now;
      const id = session.newId();
      session.expect(id);
      session.audio(session.sound(1.2, 16_000), { inference_id: id, done: false }, { done: true });
      const { started, stopped } = await session.fate(id, from, 2);
      const wall = started && stopped && stopped.at - started.at;
      return { holds: about(wall, 1.2), observed: `19 200 samples are heard for ${s(wall)}` };
    },
  },
];
