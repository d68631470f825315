/** The page of the conformance suite: the real daily-js, joined to whatever it is given. */
import Daily from "@daily-co/daily-js";
import { createFakeRoom } from "tavus-echo/fake-room";
import { type Call, Session } from "../../../conformance/session.js";
import { points, runSuite } from "../../../conformance/suite.js";
import { type Mistakes, seatOtherReplica } from "./other-replica.js";

/** What the suite talks to: the fake room, a fake room with another replica in it, or a real conversation. */
export type Target =
  | { kind: "fake" }
  | { kind: "other"; mistakes: Mistakes }
  | { kind: "real"; url: string; token?: string };

export interface Line {
  name: string;
  mark: string;
  holds: boolean | undefined;
  observed: string;
}

/** Joins, waits for the replica, runs the points of these marks, leaves. `told` hears of each as it is found. */
async function conform(
  target: Target,
  marks: readonly string[],
  told: (line: Line) => void = () => {},
): Promise<Line[]> {
  const lines: Line[] = [];
  const room =
    target.kind === "real" ? undefined : await createFakeRoom(target.kind === "other" ? { replica: "absent" } : {});
  if (room && target.kind === "other") seatOtherReplica(room, target.mistakes);
  const call = Daily.createCallObject({
    audioSource: false,
    videoSource: false,
    allowMultipleCallInstances: true,
    ...(room && { dailyConfig: room.dailyConfig }),
  });
  const url = room?.url ?? (target as { url: string }).url;
  const session = new Session(call as unknown as Call, new URL(url).pathname.split("/").pop() ?? "");
  await call.join({ url, ...(target.kind === "real" && target.token && { token: target.token }) });
  const here = (): true | undefined =>
    Object.values(call.participants()).some(({ user_id }) => user_id.includes("tavus-replica")) || undefined;
  if (!(await session.until(here, 60))) throw new Error("No replica came into the room within 60 s.");
  await runSuite(
    session,
    points.filter(({ mark }) => marks.includes(mark)),
    ({ name, mark, holds, observed }) => {
      lines.push({ name, mark, holds, observed });
      told({ name, mark, holds, observed });
    },
  );
  await call.destroy();
  room?.close();
  return lines;
}

declare global {
  interface Window {
    conform: typeof conform;
  }
}

window.conform = conform;
