import { type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import { findChromium } from "../../scripts/chromium.mjs";

/**
 * A page of the harness in a Chromium with its own command line, for what the shared one cannot show: another fake
 * microphone, none, no permission, no gesture. `using` closes it.
 */
export async function launch(
  baseURL: string | undefined,
  args: readonly string[],
  options: BrowserContextOptions = {},
  path = "/",
  env: Record<string, string> = {},
): Promise<{ page: Page } & AsyncDisposable> {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    env: { ...(process.env as Record<string, string>), ...env },
    ...(executablePath && { executablePath }),
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1", ...args],
  });
  const context = await browser.newContext({ ...(baseURL && { baseURL }), ...options });
  const page = await context.newPage();
  await page.goto(path);
  await page.waitForFunction(() => window.lib);
  return { page, [Symbol.asyncDispose]: () => browser.close() };
}
