// `npm run conformance`: the suite of echo behaviour against the fake room and, with TAVUS_API_KEY and TAVUS_REPLICA_ID in
// the environment, against the real service; both by the real daily-js in Chromium. Prints what each fact came to.
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { createServer } from "vite";
import { findChromium } from "../scripts/chromium.mjs";

const { TAVUS_API_KEY: apiKey, TAVUS_REPLICA_ID: replicaId } = process.env;
const marks = ["certain", "likely", "unknown"];
if (!existsSync("dist/fake-room.js")) throw new Error("dist/ is missing: `npm run conformance` builds it first.");

const server = await createServer({ mode: "harness", logLevel: "error", server: { port: 0 } });
await server.listen();
const origin = `http://localhost:${server.httpServer.address().port}`;
const executablePath = findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: [
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
  ],
});

/** Runs the suite in a page of its own and prints each point as it comes. */
async function run(title, target) {
  console.log(`\n${title}`);
  const page = await browser.newPage();
  const print = ({ name, mark, holds, observed }) => {
    const verdict = holds === undefined ? "seen  " : holds ? "holds " : "FAILS ";
    console.log(`  ${verdict} [${mark}] ${name}: ${observed}`);
  };
  await page.exposeFunction("print", print);
  await page.goto(`${origin}/conformance.html`);
  await page.waitForFunction(() => window.conform);
  const lines = await page.evaluate(([target, marks]) => window.conform(target, marks, window.print), [target, marks]);
  await page.close();
  return lines;
}

let failed = 0;
const count = (lines) => {
  const broken = lines.filter(({ mark, holds }) => mark === "certain" && holds !== true).length;
  failed += broken;
  console.log(`  ${lines.length} points, ${broken} certain facts broken`);
};

try {
  count(await run("The fake room", { kind: "fake" }));
  if (!apiKey || !replicaId)
    console.log(
      "\nRan against the fake room only. Set TAVUS_API_KEY and TAVUS_REPLICA_ID to ask the real service too: nothing above says what it does.",
    );
  else {
    const tavus = await import("tavus-echo/server");
    const { personaId } = await tavus.createEchoPersona({ name: "tavus-echo conformance" });
    const { conversationId, conversationUrl, meetingToken } = await tavus.createEchoConversation({
      replicaId,
      personaId,
      name: "tavus-echo conformance",
      requireAuth: true,
      properties: { max_call_duration: 600, participant_left_timeout: 10 },
    });
    try {
      count(
        await run("The real service", {
          kind: "real",
          url: conversationUrl,
          ...(meetingToken && { token: meetingToken }),
        }),
      );
    } finally {
      await tavus.endConversation({ conversationId });
    }
  }
} finally {
  await browser.close();
  await server.close();
}
process.exitCode = failed === 0 ? 0 : 1;
