// A real Chromium with a page that Vite serves.
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "@playwright/test";
import { createServer, type InlineConfig } from "vite";
import { findChromium } from "../scripts/chromium.mjs";
import type {} from "../test/browser/harness/harness.js";

/** An open page; close() ends browser and server. */
export interface BenchPage {
  page: Page;
  browser: Browser;
  /** Another page at the same address, in a renderer of its own. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Opens `path`, a page below the project's root, and waits for its modules. It is cross-origin isolated: timers are then
 * exact to 5 µs, and memory can be shared.
 */
export function openPage(path: string): Promise<BenchPage> {
  const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const config: InlineConfig = {
    configFile: false,
    root,
    cacheDir: ".cache/bench/vite",
    appType: "mpa",
    server: { headers, hmr: false, watch: null },
    optimizeDeps: {
      noDiscovery: true,
      include: ["@alexanderolsen/libsamplerate-js", "speex-resampler/app/speex_wasm.js"],
      exclude: ["@echogarden/speex-resampler-wasm"],
    },
  };
  return openServed(config, path, "window.bench", ["--enable-precise-memory-info"]);
}

/** Opens the page that the browser tests run in, with `window.lib`. It has the built package: needs `npm run build` before. */
export function openHarness(): Promise<BenchPage> {
  return openServed({ configFile: `${root}vite.config.ts`, mode: "harness" }, "", "window.lib", []);
}

async function openServed(config: InlineConfig, path: string, ready: string, args: string[]): Promise<BenchPage> {
  const server = await createServer({
    ...config,
    logLevel: "error",
    server: { ...config.server, host: "localhost", port: 0 },
  });
  await server.listen();
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ["--autoplay-policy=no-user-gesture-required", ...args],
  });
  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error("page:", error.message));
    page.on("console", (message) => message.type() === "error" && console.error("page:", message.text()));
    await page.goto(`${server.resolvedUrls?.local[0]}${path}`);
    await page.waitForFunction(ready);
    return page;
  };
  return {
    page: await open(),
    browser,
    open,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
