import { VirtualClock } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { type Call, Session } from "../session.js";
import { type Line, runSuite } from "../suite.js";
import type { PageResult } from "./page-server.js";

/** The whole suite against the fake room, in this process and in virtual time. */
export async function virtualRun(model: object, told: (line: Line) => void): Promise<PageResult> {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, model, replica: "late", lateSeconds: 1, maxMessageLength: 262_144 });
  const call = room.call();
  const participants = (call as unknown as Call).participants.bind(call);
  const session = new Session(call as unknown as Call, room.conversationId, clock);
  const here = (): boolean => Object.values(participants()).some(({ user_id }) => user_id.includes("tavus-replica"));
  let over = false;
  const run = (async (): Promise<PageResult> => {
    await call.join();
    while (!here()) await clock.sleep(0.02);
    const from = clock.now();
    const lines = await runSuite(session, undefined, told);
    return { lines, seconds: clock.now() - from, versions: { node: process.versions.node } };
  })().finally(() => {
    over = true;
  });
  while (!over) await clock.advance(5);
  const result = await run;
  room.close();
  return result;
}
