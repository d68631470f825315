import { type Point, s } from "../finding.js";
import type { Session } from "../session.js";

/** Sounds are tried in steps of so many seconds. */
const step = 0.02;

/** How much must have arrived before the replica speaks, where no `done` says that it is all. */
export const prebuffer: Point = {
  name: "about 100 ms are buffered before the replica speaks",
  mark: "likely",
  seconds: 16,
  async run(session) {
    let most = 50;
    while (most <= 200 && !(await speaks(session, most))) most *= 2;
    if (most > 200) {
      const setting = { value: 4, atLeast: 4 };
      return { holds: undefined, observed: "4 s are not enough without done", settings: { prebufferSeconds: setting } };
    }
    let least = most === 50 ? 0 : most / 2;
    while (most - least > 1) {
      const middle = Math.round((least + most) / 2);
      if (await speaks(session, middle)) most = middle;
      else least = middle;
    }
    return {
      holds: undefined,
      observed: `speaks with ${s(most * step)} at hand, not with ${s(least * step)}`,
      settings: { prebufferSeconds: { value: most * step, atLeast: least * step, atMost: most * step } },
    };
  },
};

async function speaks(session: Session, steps: number): Promise<boolean> {
  const from = session.now;
  const { id } = session.say(steps * step, { done: false });
  const started = await session.until(() => session.starts(from, id)[0], session.reaction);
  await session.quiet();
  return started !== undefined;
}
