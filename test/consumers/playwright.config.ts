import { defineConfig } from "@playwright/test";
import base from "../../playwright.config.js";

const { webServer: _, ...rest } = base;

/** `npm run test:consumers`: every bundler of docs/hosting.md, installed with the versions that its folder pins. */
export default defineConfig({
  ...rest,
  ...(rest.tsconfig && { tsconfig: `../../${rest.tsconfig}` }),
  testDir: ".",
  testMatch: "consumers.spec.ts",
  globalSetup: "./pack.setup.ts",
  outputDir: "../../.cache/test-results-consumers",
  reporter: [["list"], ["json", { outputFile: "../../.cache/consumers.json" }]],
});
