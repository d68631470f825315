// The demo with an account: it joins a real conversation through its own server, and no key reaches the page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";
import { createFakeTavusApi } from "tavus-echo/fake-room/rest";
import { createServer } from "vite";

const key = "tvs_key_that_nobody_may_see";
const forms = [key, btoa(key), encodeURIComponent(key), [...key].reverse().join("")];

test("with TAVUS_API_KEY the demo joins a private conversation, and nothing that is served holds the key", async ({
  page,
}) => {
  const tavus = await createFakeTavusApi({ apiKey: key, strict: true });
  const realFetch = globalThis.fetch;
  const environment = { TAVUS_API_KEY: key, TAVUS_REPLICA_ID: "r1" };
  const before = { ...process.env };
  const logged: string[] = [];
  try {
    Object.assign(process.env, environment);
    // Tavus' host leads to this machine.
    globalThis.fetch = (url, init) => realFetch(String(url).replace("https://tavusapi.com/v2", tavus.url), init);
    const log = (message: string): void => void logged.push(message);
    const server = await createServer({
      ...{ configFile: "vite.config.ts", mode: "demo", cacheDir: ".cache/vite-demo-key" },
      server: { host: "localhost", port: 0, hmr: false, watch: null },
      customLogger: {
        ...{ info: log, warn: log, warnOnce: log, error: log, clearScreen: () => {} },
        ...{ hasErrorLogged: () => false, hasWarned: false },
      },
    });
    await server.listen();
    const address = server.resolvedUrls!.local[0]!;
    const served = new Map<string, string>();
    const pending: Promise<unknown>[] = [];
    page.on("response", (response) => {
      const url = response.url();
      const headers = JSON.stringify(response.headers());
      pending.push(
        response.text().then(
          (text) => served.set(url, headers + text),
          () => served.set(url, headers),
        ),
      );
    });
    const room = await fakeRoom(page);
    await page.goto(address);
    await page.getByRole("button", { name: "Join" }).click();
    await expect(page.getByRole("status")).toContainText("a real conversation", { timeout: 30_000 });
    const [conversation] = [...tavus.conversations.values()];
    expect(tavus.requests.at(-1)!.body).toMatchObject({ replica_id: "r1", require_auth: true, custom_greeting: "" });
    expect(conversation!.status).toBe("active");
    expect(await room.messages()).toBeDefined();

    // Another site cannot make conversations, and a failure is told without the key.
    const crossSite = await realFetch(`${address}api/conversation`, { method: "POST" });
    expect(crossSite.status).toBe(403);
    // A persona that was kept is made again once, so the first refusal is not the last.
    for (let n = 0; n < 2; n++) tavus.failNext(400, { error: `what is ${key}?` });
    const refused = await page.evaluate(async () => (await fetch("/api/conversation", { method: "POST" })).text());
    expect(refused).toContain("[key]");

    // What the page was given, and what it could ask the development server for besides.
    for (const path of [".env", "@vite/env", "conversation-server.ts", "@fs/proc/self/environ", "../vite.config.ts"]) {
      const response = await realFetch(`${address}${path}`, { headers: { accept: "*/*" } });
      served.set(path, await response.text());
    }
    await Promise.all(pending);
    const storage = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    const everything = [...served.entries(), ["storage", storage], ["log", logged.join("\n")]].map((each) =>
      each.join("\n"),
    );
    expect(served.size).toBeGreaterThan(20);
    console.log(`${served.size} responses searched`);
    for (const form of forms)
      for (const text of everything) expect(text.includes(form), text.slice(0, 200)).toBe(false);
    // Nothing was asked that Tavus does not document.
    expect(tavus.requests.flatMap(({ unknownFields }) => unknownFields)).toEqual([]);
    await server.close();
    await expect.poll(() => [...tavus.conversations.values()][0]!.status).toBe("ended");
  } finally {
    globalThis.fetch = realFetch;
    for (const name of Object.keys(environment))
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    await tavus.close();
  }
});

test("the bundles that pages load hold no server code", () => {
  for (const name of readdirSync("dist").filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join("dist", name), "utf8");
    if (!["server.js"].includes(name)) expect(text.includes("x-api-key"), name).toBe(name.startsWith("fake-room-rest"));
  }
});
