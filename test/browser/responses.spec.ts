import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";

/** What a speech service answers when it does not speak, on an origin of its own. */
const answers: Record<string, { status?: number; type: string; cors?: boolean; code: string; says: string }> = {
  json: { type: "application/json", code: "not-audio", says: "no such voice" },
  text: { type: "text/plain; charset=utf-8", code: "not-audio", says: "no such voice" },
  html: { type: "text/html", code: "not-audio", says: "no such voice" },
  quota: { status: 429, type: "audio/wav", code: "http-status", says: "429" },
  "no-cors": { type: "audio/wav", cors: false, code: "source-failed", says: "fetch" },
};

let server: Server;
let origin: string;

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const {
      status = 200,
      type,
      cors = true,
    } = answers[(request.url ?? "/").slice(1)] ?? { status: 404, type: "text/plain" };
    // Long enough to make noise of.
    response.writeHead(status, { "content-type": type, ...(cors && { "access-control-allow-origin": "*" }) });
    response.end(JSON.stringify({ error: "no such voice" }).padEnd(5000));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
test.afterAll(() => server.close());

test("a response that is no audio, of another origin, fails the turn, and not one sample of it is sent", async ({
  page,
}) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
  const results = await page.evaluate(
    async ({ names, origin }) => {
      const { echo, dailyRoom } = window.lib;
      const { replica, room, echoes, close } = await dailyRoom();
      await replica.ready;
      const found: Record<string, { code: string; message: string; remedy: string }[]> = {};
      for (const name of names) {
        const url = `${origin}/${name}`;
        const sources = [
          echo.pcm(fetch(url), { encoding: "s16le", sampleRate: 24_000 }),
          echo.pcm(() => fetch(url), { encoding: "s16le", sampleRate: 24_000 }),
          echo.audioFile(new URL(url)),
        ];
        found[name] = [];
        for (const source of sources) {
          const outcome = await replica.speak(source).outcome;
          if (outcome.type !== "failed") throw new Error(`${name}: ${outcome.type}, ${outcome.sentSeconds} s sent`);
          const { code, message, remedy } = outcome.error;
          found[name].push({ code, message, remedy });
        }
      }
      const heard = (await room.turns()).length;
      const sent = echoes().length;
      await close();
      return { found, heard, sent };
    },
    { names: Object.keys(answers), origin },
  );
  for (const [name, { code, says }] of Object.entries(answers)) {
    expect(results.found[name]).toHaveLength(3);
    for (const failure of results.found[name]) {
      expect(failure).toMatchObject({ code, message: expect.stringContaining(says) });
      expect(failure.remedy.length).toBeGreaterThan(20);
    }
  }
  expect(results).toMatchObject({ heard: 0, sent: 0 });
});
