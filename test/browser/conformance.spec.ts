/** The built command `tavus-echo`: killed at any moment nothing runs on after the next start, and its page asks with the real daily-js. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { createFakeTavusApi } from "tavus-echo/fake-room/rest";
import { holdApi, type Stage } from "../support/held-api.js";

const key = "tvs_key_of_the_command";

/** Starts the command with a configuration folder and an API of its own; `line` hears what it prints. */
function start(folder: string, args: readonly string[], line: (text: string) => void = () => {}) {
  const child: ChildProcess = spawn(process.execPath, ["dist/cli.js", "conformance", "--out", folder, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, HOME: folder, TAVUS_API_KEY: key, TAVUS_REPLICA_ID: "r1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    for (const each of text.split("\n").filter(Boolean)) line(each);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return { child, ended, printed: () => printed };
}

type Moment = { request: string; stage: Stage } | { line: number };
const requests = ["GET /personas", "POST /personas", "POST /conversations", "POST /conversations/…/end"];
const moments: Moment[] = [
  ...requests.flatMap((request) => (["arrived", "made", "answered"] as const).map((stage) => ({ request, stage }))),
  ...[1, 2, 4, 8, 12, 16, 20, 26].map((line) => ({ line })),
];

/** Kills a run at this moment, starts again, and tells what there was and what is left. */
async function killedAt(moment: Moment): Promise<{ made: number; left: number; killed: boolean; odd: number }> {
  const folder = mkdtempSync(join(tmpdir(), "tavus-echo-kill-"));
  const api = await createFakeTavusApi({ apiKey: key, strict: true });
  let kill: () => Promise<unknown> = async () => undefined;
  let killed = false;
  const held = await holdApi(api.url, async ({ request, stage }) => {
    const name = request.replace(/\/c[\da-f]+\/end/, "/…/end");
    if ("request" in moment && moment.request === name && moment.stage === stage) await kill();
  });
  try {
    let lines = 0;
    const args = ["--fake", "--virtual", "--base-url", held.url];
    const run = start(folder, args, () => {
      lines++;
      if ("line" in moment && lines === moment.line) void kill();
    });
    kill = () => {
      killed ||= run.child.kill("SIGKILL");
      return run.ended;
    };
    await run.ended;
    kill = async () => undefined;
    const made = api.conversations.size;
    const next = start(folder, ["--end", "--base-url", held.url]);
    expect(await next.ended, next.printed()).toBe(0);
    const left = [...api.conversations.values()].filter(({ status }) => status === "active").length;
    const odd = api.requests.filter(({ status, unknownFields }) => status >= 300 || unknownFields.length > 0).length;
    return { made, left, killed, odd };
  } finally {
    await held.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test(`killed at any of ${moments.length} moments, nothing runs on after the next start`, async () => {
  test.setTimeout(300_000);
  const results: (Moment & Awaited<ReturnType<typeof killedAt>>)[] = [];
  const waiting = [...moments];
  const worker = async (): Promise<void> => {
    for (let moment = waiting.shift(); moment; moment = waiting.shift())
      results.push({ ...moment, ...(await killedAt(moment)) });
  };
  await Promise.all([worker(), worker(), worker()]);
  console.log(
    `${results.length} kills, ${results.filter(({ made }) => made > 0).length} with a conversation made, ${results.filter(({ left }) => left > 0).length} left running`,
  );
  expect(results).toHaveLength(20);
  expect(results.filter(({ killed }) => !killed)).toEqual([]);
  expect(results.filter(({ left, odd }) => left > 0 || odd > 0)).toEqual([]);
  expect(results.filter(({ made }) => made > 0).length).toBeGreaterThan(12);
});

test("its page asks with the real daily-js, and a signal ends the conversation", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "tavus-echo-page-"));
  const api = await createFakeTavusApi({ apiKey: key, strict: true });
  try {
    let address: (url: string) => void = () => {};
    const told = new Promise<string>((resolve) => {
      address = resolve;
    });
    const lines: string[] = [];
    const run = start(folder, ["--fake", "--open", "--base-url", api.url], (line) => {
      lines.push(line);
      const [url] = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(line) ?? [];
      if (url) address(url);
    });
    await page.goto(await told);
    await expect
      .poll(() => lines.filter((line) => /^ {2}(seen|holds|FAILS)/.test(line)).length, { timeout: 40_000 })
      .toBeGreaterThan(2);
    expect(lines.join("\n")).toContain("inference_id: MD5 of the text as a UUID");
    expect(lines.join("\n")).toMatch(/the client takes 262144/);
    await expect(page.locator("#lines li").first()).toBeVisible();
    expect(await page.content()).not.toContain(key);
    run.child.kill("SIGTERM");
    expect(await run.ended, run.printed()).toBe(2);
    expect([...api.conversations.values()].map(({ status }) => status)).toEqual(["ended"]);
    expect(run.printed()).not.toContain(key);
    const journal = readFileSync(join(folder, "tavus-echo", "conversations.json"), "utf8");
    expect(JSON.parse(journal)).toEqual({ conversations: [] });
  } finally {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
