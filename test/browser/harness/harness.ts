/**
 * The page that browser tests run in. It hands the built package, by its public entries, and the real daily-js to
 * `page.evaluate` as `window.lib`; `window.libReady` is set when all is there.
 */
import Daily from "@daily-co/daily-js";
import Daily087 from "daily-js-087";
import * as echo from "tavus-echo";
import * as fakeRoom from "tavus-echo/fake-room";

export const lib = { Daily, Daily087, echo, fakeRoom };

declare global {
  interface Window {
    lib: typeof lib;
  }
}

window.lib = lib;
