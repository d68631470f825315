import { defineConfig } from "@playwright/test";
import base from "../../playwright.config.js";

const { webServer: _, ...rest } = base;

/** `npm run test:engines`: one engine after the other, because they share the sound devices. */
export default defineConfig({
  ...rest,
  ...(rest.tsconfig && { tsconfig: `../../${rest.tsconfig}` }),
  testDir: ".",
  testMatch: "engines.spec.ts",
  workers: 1,
  fullyParallel: false,
  use: {},
  outputDir: "../../.cache/test-results-engines",
  reporter: [["list"], ["json", { outputFile: "../../.cache/engines.json" }]],
});
