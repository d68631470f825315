import { execFileSync } from "node:child_process";
import { chromium, firefox, type Page } from "@playwright/test";
import { findChromium } from "../../scripts/chromium.mjs";
import type { EnginePage } from "./engine-page.js";
import { openWebKit } from "./web-driver.js";

const has = (command: string): boolean => {
  try {
    execFileSync("which", [command]);
    return true;
  } catch {
    return false;
  }
};

/** What is missing of PulseAudio; undefined when it is there. */
export const missingPulseAudio = (): string | undefined =>
  ["pulseaudio", "pactl", "pacat", "pacmd"].every(has)
    ? undefined
    : "pulseaudio and pulseaudio-utils are not installed";

/** An engine, how it is opened with `env` (which names the sound devices), and why it cannot be. */
export interface Engine {
  missing(): string | undefined;
  open(env: Record<string, string>): Promise<EnginePage>;
}

const withEnvironment = (env: Record<string, string>) => ({ ...process.env, ...env }) as Record<string, string>;

function playwrightPage(page: Page, version: string, close: () => Promise<void>): EnginePage {
  return {
    version,
    goto: async (url) => void (await page.goto(url)),
    run: (body) => page.evaluate(`(async () => { ${body} })()`),
    close,
  };
}

/** Every engine that the table of sources has a column for. */
export const engines: Record<string, Engine> = {
  Chromium: {
    missing: () => undefined,
    open: async (env) => {
      const executablePath = findChromium();
      const browser = await chromium.launch({
        ...(executablePath && { executablePath }),
        env: withEnvironment(env),
        args: ["--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream"],
      });
      const page = await browser.newPage({ permissions: ["microphone"] });
      return playwrightPage(page, `Chromium ${browser.version()}`, () => browser.close());
    },
  },
  Firefox: {
    missing: () => (has("firefox-esr") ? undefined : "firefox-esr is not installed"),
    open: async (env) => {
      const browser = await firefox.launch({
        channel: "moz-firefox",
        executablePath: "/usr/bin/firefox-esr",
        env: withEnvironment(env),
        firefoxUserPrefs: {
          "media.navigator.permission.disabled": true,
          "media.autoplay.default": 0,
          "media.autoplay.blocking_policy": 0,
        },
      });
      return playwrightPage(await browser.newPage(), `Firefox ${browser.version()}`, () => browser.close());
    },
  },
  WebKit: {
    missing: () => (has("WebKitWebDriver") && has("Xvfb") ? undefined : "webkit2gtk-driver and xvfb are not installed"),
    open: openWebKit,
  },
};
