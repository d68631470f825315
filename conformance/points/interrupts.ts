import { enough, type Point, type Setting } from "../finding.js";
import type { Session } from "../session.js";

const isInterrupted = ({ properties }: { properties: Record<string, unknown> }): boolean =>
  properties.interrupted === true;

/** Which of the utterances that an interrupt clears are answered by a stop. */
export const interrupts: Point = {
  name: "interrupt: the answer is stopped_speaking with interrupted: true",
  mark: "unknown",
  seconds: 20,
  async run(session, seen) {
    const from = session.now;
    const { id } = session.say(Math.max(2, enough(seen)), { done: false });
    await session.until(() => session.starts(from, id)[0], session.patience);
    const sent = session.now;
    session.interrupt();
    const stopped = await session.until(
      () => session.stops(sent, id).find(isInterrupted),
      Math.max(1, session.reaction),
    );
    if (!stopped)
      return {
        holds: undefined,
        observed: "no stop with interrupted: true",
        settings: { interruptedStops: { value: "never" } },
      };
    const { duration } = stopped.properties;
    const answer = `after ${Math.round(1000 * (stopped.at - sent))} ms, duration ${duration}`;
    const setting = await waiting(
      session,
      seen.secondId?.value === "queues",
      Number(seen.prebufferSeconds?.atLeast ?? 0),
    );
    const others = { always: "and so is what was not heard yet", started: "what was not heard yet is not answered" };
    const told = others[String(setting.value) as keyof typeof others] ?? "what was not heard yet could not be tried";
    return { holds: undefined, observed: `${answer}; ${told}`, settings: { interruptedStops: setting } };
  },
};

/** Whether an utterance that nobody has heard yet is answered: one that waits behind another, or has too little to begin. */
async function waiting(session: Session, queues: boolean, tooLittle: number): Promise<Setting> {
  await session.quiet();
  const from = session.now;
  if (!queues && tooLittle <= 0) return { value: "started", oneOf: ["started", "always"], note: "nothing can wait" };
  const before = queues ? session.say(1.5).id : undefined;
  if (before) await session.until(() => session.starts(from, before)[0], session.patience);
  const { id } = session.say(queues ? 0.3 : tooLittle, { done: queues });
  await session.sleep(session.latency + 0.1);
  const sent = session.now;
  session.interrupt();
  const stopped = await session.until(
    () => session.stops(sent, id).find((event) => isInterrupted(event) && session.isOurs(event)),
    session.reaction,
  );
  return { value: stopped ? "always" : "started" };
}

/** An interrupt while nothing plays. */
export const idleInterrupt: Point = {
  name: "an interrupt while nothing plays is answered by nothing",
  mark: "unknown",
  seconds: 4,
  async run(session) {
    await session.sleep(0.5);
    const from = session.now;
    session.send("conversation.interrupt");
    const stopped = await session.until(() => session.stops(from)[0], session.reaction);
    return { holds: undefined, observed: stopped ? `answered by ${stopped.type}` : "no answer" };
  },
};

/** What comes for an id after its interrupt. */
export const lateChunks: Point = {
  name: "an id that was interrupted is not taken again",
  mark: "certain",
  seconds: 16,
  async run(session, seen) {
    const from = session.now;
    const { id } = session.say(Math.max(2, enough(seen)), { done: false });
    const started = await session.until(() => session.starts(from, id)[0], session.patience);
    if (!started) return { holds: false, observed: "the utterance was not heard at all" };
    session.interrupt();
    await session.sleep(0.7);
    const again = session.now;
    session.say(0.5, { id });
    const spoken = await session.until(() => session.starts(again, id)[0], session.reaction + 0.3);
    return { holds: spoken === undefined, observed: spoken ? "it is heard again" : "refused" };
  },
};
