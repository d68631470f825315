/** The page of `npx tavus-echo conformance`: the real daily-js in a real room, or in a fake one that the page makes. */
import Daily from "@daily-co/daily-js";
import { createFakeRoom } from "../../src/fake-room/index.js";
import type { Entrance, PageResult } from "../node/page-server.js";
import { type Call, Session } from "../session.js";
import { type Line, runSuite } from "../suite.js";

/** How long the replica is waited for. */
const replicaSeconds = 60;

const post = async (path: string, body: object = {}): Promise<unknown> => {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return response.json();
};
const state = (text: string): void => {
  const place = document.querySelector("#state");
  if (place) place.textContent = text;
};

function show({ name, mark, holds, observed }: Line): void {
  const item = document.createElement("li");
  item.textContent = `${name} [${mark}]: ${observed}`;
  if (holds === false) item.className = "fails";
  document.querySelector("#lines")?.append(item);
}

async function run(entrance: Entrance): Promise<PageResult> {
  const room = entrance.url
    ? undefined
    : await createFakeRoom({ model: entrance.model ?? {}, replica: "late", lateSeconds: 1, maxMessageLength: 262_144 });
  const call = Daily.createCallObject({
    ...{ audioSource: false, videoSource: false },
    ...(room && { dailyConfig: room.dailyConfig }),
  });
  const url = room?.url ?? entrance.url ?? "";
  const session = new Session(call as unknown as Call, new URL(url).pathname.split("/").pop() ?? "");
  const deadline = session.now + entrance.seconds;
  await call.join({ url, ...(entrance.token !== undefined && { token: entrance.token }) });
  state("In the room; waits for the replica.");
  const here = (): boolean =>
    Object.values(call.participants()).some(({ user_id }) => user_id.includes("tavus-replica"));
  const waited = session.now + replicaSeconds;
  while (!here()) {
    if (session.now > waited) throw new Error(`No replica came into the room within ${replicaSeconds} s.`);
    await session.sleep(0.02);
  }
  state("Asks. Please leave this page in front.");
  const from = session.now;
  const told = (line: Line): void => {
    show(line);
    void post("line", line).catch(() => undefined);
  };
  const lines = await runSuite(session, undefined, told, deadline);
  await call.destroy();
  room?.close();
  const seconds = session.now - from;
  return { lines, seconds, versions: { "daily-js": Daily.version(), browser: navigator.userAgent } };
}

// The server gives a page up that is not heard of.
setInterval(() => void post("alive").catch(() => undefined), 3000);

post("entrance")
  .then((entrance) => run(entrance as Entrance))
  .then(
    (result) => post("done", result).then(() => state("Done. You can close this page.")),
    (error: unknown) => {
      state(`Failed: ${error}`);
      return post("failed", { message: String((error as Error)?.message ?? error) });
    },
  )
  .catch((error: unknown) => state(`The command has ended: ${error}`));
