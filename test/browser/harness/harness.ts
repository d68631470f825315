/**
 * The page that browser tests run in. It hands the built package, by its public entries, and the real daily-js to
 * `page.evaluate` as `window.lib`, and tells the page's other scripts by an event of that name.
 */
import Daily from "@daily-co/daily-js";
import Daily087 from "daily-js-087";
import * as echo from "tavus-echo";
import * as encoder from "tavus-echo/encoder";
import * as fakeRoom from "tavus-echo/fake-room";
import * as realtime from "tavus-echo/realtime";
import { callBehaviours } from "../../support/call-behaviour.js";
import { runEncoderJob } from "../../support/encoder-job.js";
import { noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { deviceSkips } from "../../support/record-inputs.js";
import { recordSends } from "../../support/record-sends.js";
import { settling } from "../../support/speech-events.js";
import * as compressed from "./compressed.js";
import { dailyRoom } from "./daily-room.js";
import { pieces } from "./pieces.js";
import { seatPrebuilt } from "./prebuilt.js";
import * as probe from "./probe.js";
import { whichDevice } from "./which-device.js";

const turns = { dailyRoom, noisePcm, pcmSource, recordSends, same, settling };

/** Real text to speech, 24 MB of it: loaded by who needs it. */
const tts = () => import("./tts.js");

const checks = {
  seatPrebuilt,
  callBehaviours,
  whichDevice,
  compressed,
  deviceSkips,
  pieces,
  probe,
  runEncoderJob,
  tts,
};

export const lib = { Daily, Daily087, echo, encoder, fakeRoom, realtime, ...checks, ...turns };

declare global {
  interface Window {
    lib: typeof lib;
  }
}

window.lib = lib;
dispatchEvent(new Event("lib"));
