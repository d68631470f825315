/** The behaviour of echo mode, point by point. Nothing here knows whether the fake or the real service answers. */
import { Session } from "./session.js";

/** What a point found. `holds` is undefined where the protocol makes no promise, or where nothing could be seen. */
export interface Finding {
  holds: boolean | undefined;
  observed: string;
}

/** One fact, and how to look for it. */
export interface Point {
  name: string;
  mark: "certain" | "likely" | "unknown";
  run(session: Session): Promise<Finding>;
}

const s = (seconds: number | undefined): string => (seconds === undefined ? "nothing" : `${seconds.toFixed(2)} s`);
const about = (seconds: number | undefined, expected: number): boolean =>
  seconds !== undefined && Math.abs(seconds - expected) <= 0.15;
const newId = (): string => crypto.randomUUID();
/** Seconds that a reaction may take: a service far away needs them, and only what fails waits for all of them. */
const patience = 10;

/** An utterance of `seconds` that ends in 40 ms of silence with `done: true`, as pipecat sends it. */
function utter(session: Session, seconds: number, rate: number, common: object): void {
  session.audio(Session.sound(seconds - 0.04, rate), { done: false, ...common }, {});
  session.audio(new Int16Array(Math.round(0.04 * rate)), { ...common, done: true }, {});
}

/** In this order; each starts when all is quiet. */
export const points: readonly Point[] = [
  {
    name: "a greeting in another voice comes first",
    mark: "likely",
    async run(session) {
      const greeting = await session.until(() => session.startsSince(session.began)[0], 1.5);
      return { holds: undefined, observed: greeting ? "the replica speaks by itself" : "no greeting within 1.5 s" };
    },
  },
  {
    name: "system.replica_present comes about once a second",
    mark: "likely",
    async run(session) {
      const from = session.now;
      await Session.sleep(3.2);
      const beats = session.heard.filter(({ at, type }) => at >= from && type === "system.replica_present").length;
      return { holds: undefined, observed: `${beats} in 3.2 s` };
    },
  },
  {
    name: "sample_rate 24000: a second of samples is heard for a second",
    mark: "certain",
    async run(session) {
      const from = session.now;
      utter(session, 1, 24_000, { sample_rate: 24_000, inference_id: newId() });
      const { seconds } = await session.spoken(from, patience, 1);
      return { holds: about(seconds, 1), observed: `heard ${s(seconds)}` };
    },
  },
  {
    name: "sample_rate is assumed to be 16000 when it is missing",
    mark: "certain",
    async run(session) {
      const from = session.now;
      utter(session, 1.2, 16_000, { inference_id: newId() });
      const { seconds } = await session.spoken(from, patience, 2);
      return { holds: about(seconds, 1.2), observed: `19 200 samples are heard for ${s(seconds)}` };
    },
  },
  {
    name: "the last chunk, with done: true, is heard in full",
    mark: "certain",
    async run(session) {
      const from = session.now;
      const chunk = session.chunkFrames;
      const sent = (2 * chunk) / 24_000;
      const common = { sample_rate: 24_000, inference_id: newId(), done: false };
      session.audio(Session.sound(sent, 24_000), common, { done: true }, chunk);
      const { seconds } = await session.spoken(from, patience, sent);
      return { holds: (seconds ?? 0) >= 0.75 * sent, observed: `${s(sent)} sent, ${s(seconds)} heard` };
    },
  },
  {
    name: "a message that comes again after done is not heard again",
    mark: "certain",
    async run(session) {
      const from = session.now;
      const chunk = Math.min(session.chunkFrames, 4800);
      const common = { sample_rate: 24_000, inference_id: newId() };
      const pcm = Session.sound((5 * chunk) / 24_000, 24_000);
      session.audio(pcm, { ...common, done: false }, { done: true }, chunk);
      const repeat = (): void => session.audio(pcm.slice(4 * chunk), { ...common, done: true }, {}, chunk);
      // Once while the utterance plays, and once when it is over.
      repeat();
      const { seconds, stopped } = await session.spoken(from, patience, 1);
      await Session.sleep(0.4);
      repeat();
      const again = stopped && (await session.until(() => session.startsSince(from)[1], 1));
      const sent = pcm.length / 24_000;
      return {
        holds: again === undefined && seconds !== undefined && seconds < 1.1 * sent,
        observed: `${s(sent)} sent, ${s(seconds)} heard${again ? ", then heard again" : ""}`,
      };
    },
  },
  {
    name: "an id that was interrupted is not taken again",
    mark: "certain",
    async run(session) {
      const from = session.now;
      const common = { sample_rate: 24_000, inference_id: newId(), done: false };
      session.audio(Session.sound(2, 24_000), common, {});
      const started = await session.until(() => session.startsSince(from)[0], patience);
      if (!started) return { holds: false, observed: "the utterance was not heard at all" };
      session.send("conversation.interrupt");
      await Session.sleep(0.7);
      const again = session.now;
      session.audio(Session.sound(0.5, 24_000), common, { done: true });
      const spoken = await session.until(() => session.startsSince(again)[0], 1.5);
      return { holds: spoken === undefined, observed: spoken ? "it is heard again" : "refused" };
    },
  },
  {
    name: "interrupt: the answer is stopped_speaking with interrupted: true",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      session.audio(Session.sound(2, 24_000), { sample_rate: 24_000, inference_id: newId(), done: false }, {});
      await session.until(() => session.startsSince(from)[0], patience);
      const sent = session.now;
      session.send("conversation.interrupt");
      const stopped = await session.until(() => session.stopsSince(sent)[0], 3);
      if (!stopped) return { holds: undefined, observed: "no stop within 3 s" };
      const { interrupted, duration } = stopped.properties;
      const ms = Math.round(1000 * (stopped.at - sent));
      return { holds: undefined, observed: `after ${ms} ms: interrupted ${interrupted}, duration ${duration}` };
    },
  },
  {
    name: "done is assumed to be false for audio: the utterance stays open",
    mark: "certain",
    async run(session) {
      const from = session.now;
      const common = { sample_rate: 24_000, inference_id: newId() };
      session.audio(Session.sound(0.5, 24_000), common, {});
      const started = await session.until(() => session.startsSince(from)[0], patience);
      if (!started) return { holds: false, observed: "the utterance was not heard at all" };
      await Session.sleep(0.3);
      session.audio(Session.sound(0.5, 24_000), common, { done: true });
      const stopped = await session.until(() => session.stopsSince(from)[0], patience + 1);
      const one = session.startsSince(from).length === 1;
      return {
        holds: one && stopped !== undefined,
        observed: `${session.startsSince(from).length} utterance of ${s(stopped?.properties.duration as number)}`,
      };
    },
  },
  {
    name: "without inference_id every message is an utterance of its own",
    mark: "certain",
    async run(session) {
      const from = session.now;
      for (let n = 0; n < 2; n++)
        session.audio(Session.sound(0.05, 24_000), { sample_rate: 24_000, done: true }, {}, 1200);
      await session.until(() => session.stopsSince(from)[1], 3);
      const ids = new Set(session.startsSince(from).map(({ id }) => id));
      return { holds: ids.size === 2, observed: `${ids.size} ids for 2 messages` };
    },
  },
  {
    name: "text is the modality, and done true, when both are missing",
    mark: "certain",
    async run(session) {
      const from = session.now;
      session.send("conversation.echo", { text: "hello there", inference_id: newId() });
      const { seconds } = await session.spoken(from, patience, 2);
      return { holds: seconds !== undefined && seconds > 0.2, observed: `"hello there" takes ${s(seconds)}` };
    },
  },
  {
    name: "text in pieces under one inference_id is one utterance",
    mark: "likely",
    async run(session) {
      const from = session.now;
      const common = { modality: "text", inference_id: newId() };
      session.send("conversation.echo", { ...common, text: "One, ", done: false });
      session.send("conversation.echo", { ...common, text: "two.", done: true });
      await session.spoken(from, patience, 2);
      await Session.sleep(0.5);
      return { holds: undefined, observed: `${session.startsSince(from).length} utterance(s) heard` };
    },
  },
  {
    name: "events carry a stable MD5-derived UUID of the inference_id",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      const id = newId();
      utter(session, 0.3, 24_000, { sample_rate: 24_000, inference_id: id });
      const { started, stopped } = await session.spoken(from, patience, 1);
      if (!started?.id) return { holds: undefined, observed: "events carry no inference_id" };
      const rule = started.id === id ? "the id as it was sent" : `another id (sent ${id}, got ${started.id})`;
      return { holds: started.id === stopped?.id, observed: rule };
    },
  },
  {
    name: "an empty last chunk with done: true ends the utterance",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      const common = { sample_rate: 24_000, inference_id: newId() };
      session.audio(Session.sound(0.4, 24_000), { ...common, done: false }, {});
      session.send("conversation.echo", { modality: "audio", audio: "", ...common, done: true });
      const { seconds } = await session.spoken(from, 3);
      return { holds: undefined, observed: seconds === undefined ? "no stop within 3 s" : `stops after ${s(seconds)}` };
    },
  },
  {
    name: "about 100 ms are buffered before the replica speaks",
    mark: "likely",
    async run(session) {
      const from = session.now;
      const common = { sample_rate: 24_000, inference_id: newId(), done: false };
      const began: string[] = [];
      for (const ms of [60, 120, 180, 240]) {
        session.audio(Session.sound(0.06, 24_000), common, {}, 1440);
        await Session.sleep(0.4);
        if (session.startsSince(from).length > 0) {
          began.push(`${ms} ms`);
          break;
        }
      }
      return {
        holds: undefined,
        observed: began[0] ? `speaks with ${began[0]} at hand` : "does not speak with 240 ms",
      };
    },
  },
  {
    name: "faster than real time: four seconds sent at once are heard in four",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      utter(session, 4, 24_000, { sample_rate: 24_000, inference_id: newId() });
      const { seconds, started, stopped } = await session.spoken(from, patience, 4);
      const between = started && stopped && stopped.at - started.at;
      return { holds: undefined, observed: `duration ${s(seconds)}, ${s(between)} between start and stop` };
    },
  },
  {
    name: "a second utterance waits for the first",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      for (let n = 0; n < 2; n++) utter(session, 0.6, 24_000, { sample_rate: 24_000, inference_id: newId() });
      await session.until(() => session.stopsSince(from)[1], patience + 1.2);
      const [first, second] = session.startsSince(from);
      const gap = first && second && second.at - first.at;
      return { holds: undefined, observed: gap === undefined ? "only one is heard" : `it starts ${s(gap)} later` };
    },
  },
  {
    name: "events: who sends them, under which names, in which order",
    mark: "unknown",
    async run(session) {
      const from = session.now;
      utter(session, 0.3, 24_000, { sample_rate: 24_000, inference_id: newId() });
      await session.spoken(from, patience, 1);
      await Session.sleep(0.3);
      const replica = Object.values(session.call.participants()).find(({ user_id }) =>
        user_id.includes("tavus-replica"),
      );
      const speaking = session.heard.filter(({ at, type }) => at >= from && /_speaking$/.test(type));
      const names = speaking.map(({ type, properties }) =>
        properties.role
          ? `${type.replace("conversation.", "")}(${properties.role})`
          : type.replace("conversation.", ""),
      );
      const sender = speaking.every(({ fromId }) => fromId === replica?.session_id) ? "the replica" : "another session";
      const seqs = session.heard.map(({ data }) => data.seq).filter((seq) => typeof seq === "number");
      const rising = seqs.every((seq, index) => index === 0 || seq >= (seqs[index - 1] as number));
      const named = session.heard.some(({ data }) => data.conversation_id === session.conversationId);
      return {
        holds: undefined,
        observed: `from ${sender}: ${names.join(", ")}; seq ${seqs.length === 0 ? "missing" : rising ? "rises" : "comes out of order"}; conversation_id ${named ? "is the room's name" : "is another or missing"}`,
      };
    },
  },
  {
    name: "no user events come while the microphone is off",
    mark: "likely",
    async run(session) {
      const user = session.heard.filter(({ type, properties }) => /\.user\./.test(type) || properties.role === "user");
      return { holds: undefined, observed: user.length === 0 ? "none came" : `${user.length} came: ${user[0]?.type}` };
    },
  },
  {
    name: "the room takes larger messages than Daily's 4096 characters",
    mark: "likely",
    async run(session) {
      const frames = session.chunkFrames;
      const info = (await session.call.room()) as { domainConfig?: { max_app_message_size?: number } } | null;
      return {
        holds: undefined,
        observed: `the client takes ${frames} samples a message; the room says ${info?.domainConfig?.max_app_message_size}`,
      };
    },
  },
];

/** Runs the points one after the other on a joined call in which the replica is present. */
export async function runSuite(
  session: Session,
  selected: readonly Point[],
  tell: (point: Point, finding: Finding) => void,
): Promise<void> {
  for (const point of selected) {
    await session.quiet();
    let finding: Finding;
    try {
      finding = await point.run(session);
    } catch (error) {
      finding = { holds: false, observed: `failed: ${error}` };
    }
    tell(point, finding);
  }
}
