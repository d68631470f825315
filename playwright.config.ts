import { defineConfig } from "@playwright/test";
import { findChromium } from "./scripts/chromium.mjs";
import { freePort } from "./test/support/free-port.js";

// The workers read this file again and must come to the same port: they inherit the environment.
process.env.TEST_PORT ??= String(await freePort());
process.env.DEMO_PORT ??= String(await freePort());
const chromium = findChromium();
const url = `http://localhost:${process.env.TEST_PORT}`;

export default defineConfig({
  testDir: "test",
  tsconfig: "test/tsconfig.playwright.json",
  testMatch: ["browser/**/*.spec.ts", "package/**/*.spec.ts"],
  outputDir: ".cache/test-results",
  fullyParallel: true,
  // Most of a test is waiting for sound to pass, so there are more than cores.
  workers: 3,
  timeout: 60_000,
  forbidOnly: !!process.env.CI,
  reporter: [["list"], ["json", { outputFile: ".cache/playwright.json" }]],
  use: {
    baseURL: url,
    browserName: "chromium",
    permissions: ["microphone"],
    launchOptions: {
      ...(chromium && { executablePath: chromium }),
      args: [
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        // Nothing but the test's own server is ever asked.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        "--disable-background-networking",
      ],
    },
  },
  webServer: [
    { command: `npx vite --mode harness --port ${process.env.TEST_PORT} --strictPort`, url },
    {
      command: `npx vite --mode demo --port ${process.env.DEMO_PORT} --strictPort`,
      url: `http://localhost:${process.env.DEMO_PORT}`,
    },
  ],
});
