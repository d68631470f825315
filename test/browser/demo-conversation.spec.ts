import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";
import { createFakeTavusApi, type FakeTavusApi } from "tavus-echo/fake-room/rest";
import { freePort } from "../support/free-port.js";

// The demo with a key: its server against a fake of Tavus' REST API, its page with the real daily-js in a fake room.
test.describe.configure({ mode: "default" });

let api: FakeTavusApi;
let folder = "";
let server: ChildProcess;
let url = "";

/** Starts the demo's server, as `npm run demo` does, with a key. */
async function start(): Promise<void> {
  const port = await freePort();
  url = `http://localhost:${port}`;
  server = spawn(
    process.execPath,
    ["node_modules/vite/bin/vite.js", "--mode", "demo", "--port", `${port}`, "--strictPort"],
    {
      env: {
        ...process.env,
        TAVUS_API_KEY: api.apiKey,
        TAVUS_REPLICA_ID: "r0123456789",
        TAVUS_BASE_URL: api.url,
        VITE_CACHE: folder,
      },
      stdio: ["pipe", "ignore", "inherit"],
    },
  );
  await expect
    .poll(
      () =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
}

/** Status of each conversation, in the order in which they were made. */
const statuses = (): string[] => [...api.conversations.values()].map(({ status }) => status);
const expectStatuses = (wanted: string[]) => expect.poll(statuses, { timeout: 10_000 }).toEqual(wanted);

async function joinConversation(page: Page): Promise<void> {
  await fakeRoom(page);
  await page.goto(url);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.locator("#status")).toHaveText("Ready, in a real conversation", { timeout: 30_000 });
}

test.beforeAll(async () => {
  api = await createFakeTavusApi();
  folder = mkdtempSync(join(tmpdir(), "tavus-echo-demo-"));
  await start();
});
test.afterAll(async () => {
  if (server.exitCode === null) server.kill("SIGKILL");
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a conversation ends with Leave, with a closed tab, and with the server; all share one persona", async ({
  page,
  context,
}) => {
  await joinConversation(page);
  await expectStatuses(["active"]);
  await page.getByRole("button", { name: "Leave" }).click();
  await expectStatuses(["ended"]);

  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.locator("#status")).toHaveText("Ready, in a real conversation", { timeout: 30_000 });
  await expectStatuses(["ended", "active"]);
  await page.close({ runBeforeUnload: true });
  await expectStatuses(["ended", "ended"]);

  for (const [count, signal] of (["SIGTERM", "SIGINT"] as const).entries()) {
    const before = statuses();
    const open = await context.newPage();
    await joinConversation(open);
    await expectStatuses([...before, "active"]);
    const gone = once(server, "exit");
    server.kill(signal);
    await gone;
    expect(statuses(), signal).toEqual([...before, "ended"]);
    await open.close();
    if (count === 0) await start();
  }
  const made = api.requests.filter(({ method, path }) => method === "POST" && /^\/(personas|pals)$/.test(path));
  expect(made).toHaveLength(1);
  expect(api.conversations.size).toBe(4);
});
