import { type Finding, type Point, type Settings, s } from "../finding.js";
import { type Heard, isStart } from "../heard.js";
import type { Session } from "../session.js";

/** Seconds of a probe's sound, and between two probes. */
const probeSeconds = 0.12;
const everySeconds = 0.25;
/** Probes are given up after so long. */
const mostSeconds = 12;

/** What the replica says by itself, and what an interrupt did to it. */
interface Greeting {
  started: Heard;
  /** Its stop, or undefined while it plays, or when none came. */
  stopped(): Heard | undefined;
}

/** First of all: from when on what is sent is heard, and whether a greeting that comes before can be interrupted. */
export const arrival: Point = {
  name: "the replica listens as soon as it is seen in the room; a greeting can be interrupted",
  mark: "unknown",
  seconds: mostSeconds + 5,
  async run(session) {
    const from = session.now;
    const probes: { id: string; at: number }[] = [];
    const ours = (): Heard | undefined => session.starts(from).find((event) => !canBeForeign(session, event));
    let greeting = await foreignStart(session, from, 0.3);
    if (greeting) await interruptFor(session, greeting, 0.7);
    let first: Heard | undefined;
    while (!first && session.now - from < mostSeconds) {
      // With every probe, so that the first that is heard shows what an interrupt does.
      if (greeting && !greeting.stopped()) session.interrupt();
      probes.push(session.say(probeSeconds));
      first = await session.until(ours, everySeconds);
      if (first || greeting) continue;
      greeting = await foreignStart(session, from, 0);
      // As short as a probe: it is one, whose id was rewritten by a rule that is none of ours.
      if (greeting && (await isProbe(session, greeting))) {
        first = greeting.started;
        session.foreign.delete(String(first.id));
        greeting = undefined;
      }
    }
    const settled = first ?? (await session.until(ours, greeting ? 10 : 1));
    const heard = probes.findIndex(({ id }) => settled && session.about(settled, id));
    await session.until(() => (greeting && !greeting.stopped() ? undefined : true), 1);
    return finding(session, from, probes, settled ? Math.max(0, heard) : -1, greeting);
  },
};

const canBeForeign = (session: Session, event: Heard): boolean => event.id !== undefined && !session.isOurs(event);

/** A start that is about nothing that was sent. */
async function foreignStart(session: Session, from: number, seconds: number): Promise<Greeting | undefined> {
  const look = (): Heard | undefined =>
    session.heard.find((event) => event.at >= from && isStart(event) && canBeForeign(session, event));
  // The greeting may have begun before we looked.
  const early = session.heard.find((event) => isStart(event) && canBeForeign(session, event));
  const started = early ?? (await session.until(look, seconds));
  if (!started) return undefined;
  session.foreign.add(String(started.id));
  return { started, stopped: () => session.stops(started.at).find(({ id }) => id === started.id) };
}

async function isProbe(session: Session, { started, stopped }: Greeting): Promise<boolean> {
  const stop = await session.until(stopped, 0.5);
  return stop !== undefined && stop.properties.interrupted !== true && stop.at - started.at < 2 * probeSeconds;
}

/** Interrupts again and again, because the first may come too soon to be heard. */
async function interruptFor(session: Session, greeting: Greeting, seconds: number): Promise<void> {
  const end = session.now + seconds;
  while (session.now < end && !greeting.stopped()) {
    session.interrupt();
    await session.until(greeting.stopped, everySeconds);
  }
}

function finding(
  session: Session,
  from: number,
  probes: readonly { id: string; at: number }[],
  heard: number,
  greeting: Greeting | undefined,
): Finding {
  const settings: Settings = {};
  const probe = probes[heard];
  const latest = (probe?.at ?? session.now) - from;
  // A probe that an interrupt followed may have been cleared: it does not show that nobody listened.
  const earlier = greeting ? undefined : probes[heard - 1];
  if (!probe) settings.listensAfterSeconds = { atLeast: latest, value: latest, note: "nothing was heard" };
  else {
    const atLeast = earlier ? earlier.at - from : 0;
    settings.listensAfterSeconds = { value: atLeast === 0 ? 0 : latest, atLeast, atMost: latest };
  }
  const listens = probe ? `what was sent ${s(latest)} after it was seen is heard` : `nothing is heard for ${s(latest)}`;
  if (!greeting) return { holds: undefined, observed: `no greeting; ${listens}`, settings };

  const stopped = greeting.stopped();
  const interrupted = stopped?.properties.interrupted === true;
  const seconds = stopped && stopped.at - greeting.started.at;
  // Silently cut, or still to be heard: then nothing of ours can have been heard.
  const cut = interrupted || (!stopped && probe !== undefined);
  const overheard = probe !== undefined && stopped !== undefined && probe.at < stopped.at;
  settings.greeting = { value: "Hello, here I am.", note: "a text of our own" };
  if (cut || overheard) settings.interruptsGreeting = { value: cut };
  else settings.interruptsGreeting = { oneOf: ["true", "false"], note: "the replica did not listen while it greeted" };
  const fate = cut ? "an interrupt cuts" : overheard ? "an interrupt does not cut" : "nobody heard an interrupt of";
  return { holds: undefined, observed: `${fate} the greeting, ${s(seconds)}; ${listens}`, settings };
}
