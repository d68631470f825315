/// <reference path="./call-machine.d.ts" />
import pageScript from "virtual:fake-room-page";
import { systemClock } from "../flow/clock.js";
import { checkRoomOptions, type FakeRoomOptions, type HeardTurn } from "./options.js";
import type { PageGlobals, TurnOnTheWay } from "./page.js";
import { completeModel } from "./replica/model.js";
import { wav } from "./replica/wav.js";
import { type Faults, noFaults, withFaults } from "./room/faults.js";
import type { RefusedMessage, RoomMessage } from "./room/message.js";
import { fromBase64, toBase64 } from "./samples.js";

/** What is used of Playwright's Page: a structural type, so that no version of Playwright is imposed. */
interface PageLike extends FrameLike {
  route(url: RegExp, handler: (route: RouteLike) => Promise<void>): Promise<unknown>;
  frames(): FrameLike[];
  exposeFunction(name: string, run: (text: string) => unknown): Promise<unknown>;
}
interface FrameLike {
  evaluate<Result, Argument>(run: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>;
}
interface RouteLike {
  fulfill(answer: { status: number; headers?: Record<string, string>; body: string }): Promise<void>;
}

/** The room of a page, as its test sees it. */
export interface PageRoom {
  /**
   * What the replica heard since the page was loaded. Waits for `atLeast` turns (default 1) for `timeoutSeconds`
   * (default 5), then until nothing is on its way and nothing plays; gives what there is, which may be fewer.
   */
  turns(options?: { atLeast?: number; timeoutSeconds?: number }): Promise<readonly HeardTurn[]>;
  /** Every message that was sent since the page was loaded. */
  messages(): Promise<readonly RoomMessage[]>;
  /** What the replica could not use, and why. */
  refused(): Promise<readonly RefusedMessage[]>;
  /** Changes faults, at once, and for the pages to come. */
  set(faults: Faults): Promise<void>;
  /** Sends a message as Tavus does, or several; see `tavusEvents` of `tavus-echo/fake-room`. */
  emit(event: object | readonly object[]): Promise<void>;
}

/** Where daily-js gets its call machine, on any of Daily's domains [certain: 0.87.0, 0.92.2]. */
const bundle =
  /^https:\/\/c\.(daily\.co|dailywebrtc\.(com|net))\/call-machine\/versioned\/[^/]+\/static\/call-machine-object-bundle\.js/;
/** Where daily-js reports some fatal errors: not from a test. */
const reports = /^https:\/\/[^/]+\.ingest\.sentry\.io\//;

/**
 * Makes the real daily-js of the page under test join a fake room, whatever URL the app uses; the app needs no hook.
 * Call it before the app joins, best before `page.goto()`. Under a CSP the app must allow Daily's script as in production.
 */
export async function fakeRoom(page: object, options: FakeRoomOptions = {}): Promise<PageRoom> {
  checkRoomOptions("fakeRoom()", options);
  const { speech, clock, machineUrl, ...plain } = options;
  if (clock !== undefined) throw new TypeError("clock cannot cross into a page: the room there keeps wall-clock time.");
  if (machineUrl !== undefined) throw new TypeError("machineUrl is not needed: the bundle's own URL is answered.");
  const target = page as PageLike;
  let faults: Faults = plain.faults ?? {};
  withFaults(noFaults, faults);
  completeModel(plain.model ?? {});

  if (speech)
    await target.exposeFunction("tavusEchoFakeRoomSpeech", async (text) => {
      const pieces: { samples: string; sampleRate: number }[] = [];
      for await (const { samples, sampleRate } of speech(text)) pieces.push({ samples: toBase64(samples), sampleRate });
      return pieces;
    });
  await target.route(bundle, async (route) => {
    const settings = `globalThis.tavusEchoFakeRoomOptions = ${literal({ ...plain, faults })};`;
    await route.fulfill({
      status: 200,
      headers: { "content-type": "text/javascript", "access-control-allow-origin": "*" },
      body: `${settings}\n${pageScript}`,
    });
  });
  await target.route(reports, (route) => route.fulfill({ status: 200, body: "{}" }));

  /** Asks every frame: daily-js may run in any of them. */
  const ask = async <Result, Argument>(
    run: (argument: Argument) => Result,
    argument: Argument,
  ): Promise<Awaited<Result>[]> => Promise.all(target.frames().map((frame) => frame.evaluate(run, argument)));

  return {
    async turns({ atLeast = 1, timeoutSeconds = 5 } = {}) {
      const end = systemClock.now() + timeoutSeconds;
      for (;;) {
        let turns: TurnOnTheWay[] | undefined;
        try {
          const found = await ask(() => (globalThis as PageGlobals).tavusEchoFakeRoom?.turns() ?? [], undefined);
          turns = found.flat();
        } catch (error) {
          // A navigation destroys what was asked; the next page is asked again.
          if (systemClock.now() >= end) throw error;
        }
        if (turns && (turns.length >= atLeast || systemClock.now() >= end)) return turns.map(arrived);
        await systemClock.sleep(0.1);
      }
    },
    async messages() {
      return (await ask(() => (globalThis as PageGlobals).tavusEchoFakeRoom?.messages() ?? [], undefined)).flat();
    },
    async refused() {
      return (await ask(() => (globalThis as PageGlobals).tavusEchoFakeRoom?.refused() ?? [], undefined)).flat();
    },
    async set(changes) {
      withFaults(noFaults, changes);
      // What happens once is not for the pages to come.
      faults = { ...faults, ...changes, ejected: undefined, nonfatalError: undefined };
      await ask((sent) => (globalThis as PageGlobals).tavusEchoFakeRoom?.set(sent), changes);
    },
    async emit(event) {
      await ask((sent) => (globalThis as PageGlobals).tavusEchoFakeRoom?.emit(sent), event);
    },
  };
}

function arrived({ pcm: base64, ...turn }: TurnOnTheWay): HeardTurn {
  const pcm = fromBase64(base64);
  return {
    ...turn,
    pcm,
    get wav() {
      return wav(pcm, turn.sampleRate);
    },
  };
}

/** A JavaScript literal: JSON, but Infinity stays what it is. */
function literal(value: unknown): string {
  const mark = "\u0000Infinity";
  const json = JSON.stringify(value, (_, member: unknown) => (member === Number.POSITIVE_INFINITY ? mark : member));
  return json.replaceAll(JSON.stringify(mark), "Infinity");
}
