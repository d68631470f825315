import { enough, type Finding, type Point, s } from "../finding.js";
import type { Session } from "../session.js";

/** How long a silent id is watched. */
const mostSeconds = 25;
const tolerance = 0.15;

/** An utterance without `done` that falls silent: when is it over, and does it take more? */
interface Silence {
  /** Seconds of sound. */
  sound: number;
  /** From the last message to the stop; undefined when none came. */
  stopAfter: number | undefined;
  /** Whether more of the same id was heard then. */
  alive: boolean;
}

/** How long an id lives without a message, and from when on that counts. */
export const silentId: Point = {
  name: "an id without done is given up after a silence",
  mark: "unknown",
  seconds: 60,
  async run(session, seen) {
    const short = await fallSilent(session, enough(seen));
    if (short.stopAfter === undefined) return unstopped(short);
    if (short.alive)
      return {
        holds: undefined,
        observed: `stops ${s(short.stopAfter)} after its message, and takes more`,
        settings: { abandonSeconds: { value: short.stopAfter, atLeast: short.stopAfter } },
      };
    const long = await fallSilent(session, short.sound + 1);
    if (long.stopAfter === undefined) return unstopped(long);
    return verdict(session, short as Stopped, long as Stopped);
  },
};

type Stopped = Silence & { stopAfter: number };

function unstopped({ alive, sound }: Silence): Finding {
  if (alive)
    return {
      holds: undefined,
      observed: `after a silence of ${mostSeconds} s it still takes more`,
      settings: {
        abandonSeconds: { value: mostSeconds, atLeast: mostSeconds - sound },
        abandonFrom: { value: "arrival", oneOf: ["arrival", "dry"], note: "it was not given up while it was watched" },
      },
    };
  return {
    holds: undefined,
    observed: `within ${mostSeconds} s it is given up without a stop`,
    settings: { abandonSeconds: { atMost: mostSeconds, note: "no stop tells when" } },
  };
}

async function fallSilent(session: Session, sound: number): Promise<Silence> {
  await session.quiet();
  const from = session.now;
  const { id, at } = session.say(sound, { done: false });
  const stopped = await session.until(() => session.stops(from, id)[0], mostSeconds);
  const again = session.now;
  session.say(0.3, { id });
  // Heard: a start of its own, or a stop where none had come.
  const more = (): true | undefined =>
    session.starts(again, id)[0] ? true : !stopped && session.stops(again, id)[0] ? true : undefined;
  const alive = (await session.until(more, session.reaction + 0.3)) ?? false;
  return { sound, stopAfter: stopped && stopped.at - at - session.delay, alive };
}

/** From two silences whose sounds are a second apart: counted from the message, the times are alike; from the last sound, they are not. */
async function verdict(session: Session, short: Stopped, long: Stopped): Promise<Finding> {
  const difference = long.stopAfter - short.stopAfter;
  const seconds = (value: number): number => Math.max(0, Math.round(value * 100) / 100);
  const observed = `stops ${s(short.stopAfter)} after ${s(short.sound)} of sound, ${s(long.stopAfter)} after ${s(long.sound)}`;
  const dry = Math.abs(difference - (long.sound - short.sound)) <= tolerance;
  if (!dry || short.stopAfter > short.sound + tolerance) {
    const abandon = seconds(dry ? short.stopAfter - short.sound : short.stopAfter);
    return {
      holds: undefined,
      observed: `${observed}: counted from ${dry ? "the last sound" : "the last message"}`,
      settings: {
        abandonSeconds: { value: abandon, atLeast: abandon - tolerance, atMost: abandon + tolerance },
        abandonFrom: { value: dry ? "dry" : "arrival" },
      },
    };
  }
  // It stops as soon as it is dry: given up at once then, or before. More, sent while it plays, tells.
  let heard = 0;
  let refused = long.sound;
  for (let next = long.sound - 0.1, tries = 0; tries < 5; tries++, next = (heard + refused) / 2) {
    if (await takes(session, long.sound, next)) heard = next;
    else refused = next;
    if (heard > long.sound - 0.2) break;
  }
  const stillTakes = heard > long.sound - 0.2;
  const bound = stillTakes
    ? { value: 0, atLeast: 0, atMost: tolerance }
    : { value: refused, atLeast: heard, atMost: refused };
  return {
    holds: undefined,
    observed: `${observed}: as soon as it is dry; more is ${stillTakes ? "taken until then" : `refused ${s(refused)} after the last message`}`,
    settings: { abandonSeconds: bound, abandonFrom: { value: stillTakes ? "dry" : "arrival" } },
  };
}

async function takes(session: Session, sound: number, after: number): Promise<boolean> {
  await session.quiet();
  const from = session.now;
  const { id } = session.say(sound, { done: false });
  const started = await session.until(() => session.starts(from, id)[0], session.reaction);
  await session.sleep(after);
  session.say(0.5, { id });
  const stopped = started && (await session.until(() => session.stops(from, id)[0], sound + 1 + session.reaction));
  return stopped !== undefined && started !== undefined && stopped.at - started.at > sound + 0.25;
}
