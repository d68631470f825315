// docs/voice-to-voice.md, run as it stands there: its server in a process of its own, its page in Chromium. The three
// services behind them are models: Tavus' REST API, OpenAI's, and the room.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";
import { createFakeTavusApi } from "tavus-echo/fake-room/rest";
import { WebSocket } from "ws";
import { systemClock } from "../../src/flow/clock.js";
import { RealtimeServer } from "../support/realtime-server.js";

const guide = readFileSync("docs/voice-to-voice.md", "utf8");
const codeOf = (name: string): string => new RegExp(`\`\`\`js ${name}\n([\\s\\S]*?)\`\`\``).exec(guide)![1];
const keys = { TAVUS_API_KEY: "tvs_key_of_the_account", OPENAI_API_KEY: "sk-key-of-the-account" };

test("the whole app is at most 40 lines", () => {
  const lines = ["server.mjs", "page.js"].flatMap((name) =>
    codeOf(name)
      .split("\n")
      .filter((line) => line.trim()),
  );
  console.log(`${lines.length} lines`);
  expect(lines.length).toBeLessThanOrEqual(40);
});

test("the guide's app: it greets, it hears, it answers, and no key reaches the page", async ({ page }) => {
  const closers: (() => unknown)[] = [];
  try {
    const greeting = Int16Array.from({ length: 36_000 }, (_, n) => 9000 * Math.sin(n / 10));
    const realtime = await RealtimeServer.listen({
      clock: systemClock,
      answer: (n) => ({ pcm: greeting, transcript: n === 0 ? "Welcome! Green or black?" : "Very well." }),
      accepts: (secret) => secret === "ek_of_the_guide",
      // Chromium's fake microphone beeps all the time: nobody could say a word.
      detects: false,
    });
    closers.push(() => realtime.close());
    const tavus = await createFakeTavusApi({ apiKey: keys.TAVUS_API_KEY });
    closers.push(() => tavus.close());
    const openai = createServer((request, response) => {
      const good = request.headers.authorization === `Bearer ${keys.OPENAI_API_KEY}`;
      response.writeHead(good ? 200 : 401, { "content-type": "application/json" });
      response.end(JSON.stringify(good ? { value: "ek_of_the_guide", expires_at: 2_000_000_000 } : { error: {} }));
    });
    await new Promise<void>((done) => openai.listen(0, "127.0.0.1", done));
    closers.push(() => openai.close());

    const folder = resolve(".cache/voice-to-voice");
    mkdirSync(folder, { recursive: true });
    for (const name of ["server.mjs", "page.js"]) writeFileSync(`${folder}/${name}`, codeOf(name));
    // What stands between the guide's server and the internet: the two hosts lead to this machine.
    const hosts = {
      "https://tavusapi.com/v2": tavus.url,
      "https://api.openai.com/v1": `http://127.0.0.1:${(openai.address() as AddressInfo).port}`,
    };
    writeFileSync(
      `${folder}/hosts.mjs`,
      `const hosts = ${JSON.stringify(hosts)}, real = fetch;
      globalThis.fetch = (url, init) => {
        const host = Object.keys(hosts).find((each) => String(url).startsWith(each));
        if (!host) throw new Error("the internet was asked for " + url);
        return real(String(url).replace(host, hosts[host]), init);
      };`,
    );
    const port = await freePort();
    const output: string[] = [];
    const server = spawn(process.execPath, ["--import", `${folder}/hosts.mjs`, `${folder}/server.mjs`], {
      env: { ...process.env, ...keys, TAVUS_REPLICA_ID: "r1", PORT: String(port) },
    });
    closers.push(() => server.kill());
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => output.push(String(data)));

    const served: string[] = [];
    page.on("response", async (response) => served.push(await response.text().catch(() => "")));
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.route(/\/(call|secret)$/, async (route) => {
      const { pathname } = new URL(route.request().url());
      const response = await route.fetch({ url: `http://127.0.0.1:${port}${pathname}` });
      await route.fulfill({ response });
    });
    const frames: string[] = [];
    await page.routeWebSocket(/^wss:\/\/api\.openai\.com\//, (socket) => {
      const upstream = new WebSocket(realtime.url, ["realtime", "openai-insecure-api-key.ek_of_the_guide"]);
      const opened = new Promise((done) => upstream.once("open", done));
      upstream.on("message", (data) => socket.send(String(data)));
      socket.onMessage((message) => {
        frames.push(String(message));
        void opened.then(() => upstream.send(String(message)));
      });
      closers.push(() => upstream.close());
    });
    const room = await fakeRoom(page);
    // A page of its own, without the development server's client, which would reload it when a file changes.
    const body = "<!doctype html><video></video><button>Call</button><ul></ul>";
    await page.route(/\/guide\.html$/, (route) => route.fulfill({ contentType: "text/html", body }));
    await page.goto("/guide.html");
    await page.addScriptTag({ type: "module", url: `/@fs${folder}/page.js` });
    await expect.poll(() => page.evaluate(() => document.querySelector("button")!.onclick !== null)).toBe(true);
    await page.getByRole("button").click();

    await expect(page.getByText("replica: Welcome! Green or black?")).toBeVisible({ timeout: 20_000 });
    const [first] = await room.turns();
    expect(first).toMatchObject({ outcome: "spoken", seconds: 1.5 });
    // The microphone is heard, and when the provider finds that the caller's turn is over, it answers.
    await expect
      .poll(() => realtime.session.input.some((chunk) => chunk.some((sample) => Math.abs(sample) > 100)), {
        timeout: 20_000,
      })
      .toBe(true);
    realtime.session.respond();
    await expect(page.getByText("replica: Very well.")).toBeVisible({ timeout: 20_000 });
    expect((await room.turns({ atLeast: 2 })).map(({ outcome }) => outcome)).toEqual(["spoken", "spoken"]);
    expect(realtime.session.of("session.update")).toHaveLength(1);
    expect(realtime.session.of("response.create")[0]!.response!.instructions).toContain("Welcome! Green or black?");
    expect(realtime.session.refusals).toEqual([]);
    expect(problems).toEqual([]);
    // Behind the stock ones.
    expect([...tavus.personas.values()].at(-1)).toMatchObject({ pipeline_mode: "echo" });
    for (const key of Object.values(keys)) expect([...served, ...frames, ...output].join("\n")).not.toContain(key);
    expect(served.join("\n")).toContain("ek_of_the_guide");
  } finally {
    for (const close of closers.reverse()) await close();
  }
});

async function freePort(): Promise<number> {
  const probe = createSocketServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}
