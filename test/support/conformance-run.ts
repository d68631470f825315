import { type Report, reportOf } from "../../conformance/report.js";
import { type Call, Session } from "../../conformance/session.js";
import { type Point, points, runSuite } from "../../conformance/suite.js";
import { createFakeRoom, type FakeRoom, type FakeRoomOptions } from "../../src/fake-room/index.js";
import { VirtualClock } from "../../src/flow/virtual-clock.js";

/** Runs the suite in a fake room of these options, in virtual time, from the moment at which its replica joins. */
export async function conformIn(
  options: FakeRoomOptions = {},
  selected: readonly Point[] = points,
  wrap: (call: Call) => Call = (call) => call,
  seconds = Number.POSITIVE_INFINITY,
  seat: (room: FakeRoom, clock: VirtualClock) => void = () => {},
) {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, replica: "late", lateSeconds: 1, ...options });
  seat(room, clock);
  const call = room.call() as unknown as Call & { join(): Promise<unknown> };
  const session = new Session(wrap(call), room.conversationId, clock);
  const here = (): true | undefined =>
    Object.values(call.participants()).some(({ user_id }) => user_id.includes("tavus-replica")) || undefined;
  const run = (async (): Promise<Report> => {
    await call.join();
    while (!here()) await clock.sleep(0.02);
    const from = clock.now();
    const lines = await runSuite(session, selected, undefined, from + seconds);
    const about = { date: "2026-12-01T00:00:00Z", target: "the fake room", versions: {} };
    return reportOf(lines, { ...about, seconds: clock.now() - from });
  })();
  let over = false;
  void run.finally(() => {
    over = true;
  });
  while (!over) await clock.advance(5);
  const report = await run;
  const { messages } = room;
  room.close();
  return { report, messages };
}
