// A real Chromium with a page that Vite serves, cross-origin isolated: timers are then exact to 5 µs, and memory can be shared.
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "@playwright/test";
import { createServer, type ViteDevServer } from "vite";
import { findChromium } from "../scripts/chromium.mjs";

/** An open page; close() ends browser and server. */
export interface BenchPage {
  page: Page;
  browser: Browser;
  /** Another page at the same address, in a renderer of its own. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** Opens `path`, a page below the project's root, and waits for its modules. */
export async function openPage(path: string): Promise<BenchPage> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const server: ViteDevServer = await createServer({
    configFile: false,
    root,
    cacheDir: ".cache/bench/vite",
    logLevel: "error",
    appType: "mpa",
    server: { host: "localhost", port: 0, headers, hmr: false, watch: null },
    optimizeDeps: {
      noDiscovery: true,
      include: ["@alexanderolsen/libsamplerate-js", "speex-resampler/app/speex_wasm.js"],
      exclude: ["@echogarden/speex-resampler-wasm"],
    },
  });
  await server.listen();
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ["--autoplay-policy=no-user-gesture-required", "--enable-precise-memory-info"],
  });
  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error("page:", error.message));
    page.on("console", (message) => message.type() === "error" && console.error("page:", message.text()));
    await page.goto(`${server.resolvedUrls?.local[0]}${path}`);
    await page.waitForFunction("window.bench");
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
