/**
 * The page that browser tests run in. It hands the built package, by its public entries, and the real daily-js to
 * `page.evaluate` as `window.lib`; `window.libReady` is set when all is there.
 */
import Daily from "@daily-co/daily-js";
import * as echo from "tavus-echo";

export const lib = { Daily, echo };

declare global {
  interface Window {
    lib: typeof lib;
  }
}

window.lib = lib;
