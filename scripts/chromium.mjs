// Finds the Chromium that the tests drive. Node's built-ins alone: it runs before anything is installed.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const stamp = ".cache/chromium";

/** Path of an installed Chromium; undefined leaves the choice to Playwright's own download. */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  for (const name of names)
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here: the next folder.
      }
    }
  return undefined;
}

/** Whether Playwright's own Chromium has been downloaded by an earlier run of the set-up. */
export function hasDownloadedChromium() {
  return existsSync(stamp) && existsSync(readFileSync(stamp, "utf8").trim());
}
