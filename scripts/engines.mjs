// `npm run test:engines`: installs what it can, then runs the same sound through Chromium, Firefox and WebKit. What is
// missing in the end is named by the tests, which skip it. Node's built-ins alone.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run } from "./run.mjs";

/** Command that must be there → Debian package that brings it. */
const packages = {
  "firefox-esr": "firefox-esr",
  WebKitWebDriver: "webkit2gtk-driver",
  Xvfb: "xvfb",
  pulseaudio: "pulseaudio",
  pactl: "pulseaudio-utils",
};

const has = (command) => {
  try {
    execFileSync("which", [command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const missing = Object.entries(packages).filter(([command]) => !has(command));
if (missing.length > 0) {
  const names = missing.map(([, name]) => name);
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log(`set-up: ${names.join(", ")}`);
    try {
      await run("apt-get", ["update", "-qq"]);
      await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
        DEBIAN_FRONTEND: "noninteractive",
      });
    } catch (error) {
      console.log(`set-up: the system's packages failed (${error.message})`);
    }
  } else console.log(`NOT INSTALLED, for want of root or apt: ${names.join(", ")}. What needs them is skipped.`);
}
await run("playwright", ["test", "-c", "test/engines/playwright.config.ts", ...process.argv.slice(2)]);
