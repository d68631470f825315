/**
 * The page that browser tests run in. It hands the built package, by its public entries, and the real daily-js to
 * `page.evaluate` as `window.lib`; `window.libReady` is set when all is there.
 */
import Daily from "@daily-co/daily-js";
import Daily087 from "daily-js-087";
import * as echo from "tavus-echo";
import * as encoder from "tavus-echo/encoder";
import * as fakeRoom from "tavus-echo/fake-room";
import * as probe from "./probe.js";

export const lib = { Daily, Daily087, echo, encoder, fakeRoom, probe };

declare global {
  interface Window {
    lib: typeof lib;
  }
}

window.lib = lib;
