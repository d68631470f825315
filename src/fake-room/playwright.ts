/// <reference path="./call-machine.d.ts" />
import pageScript from "virtual:fake-room-page";
import { systemClock } from "../flow/clock.js";
import { withSamples } from "./heard-turn.js";
import { checkOptions, count, seconds } from "./option-rules.js";
import { checkRoomOptions, type FakeRoomOptions, type HeardTurn } from "./options.js";
import type { PageGlobals, TurnOnTheWay } from "./page.js";
import { completeModel } from "./replica/model.js";
import { type Attachable, attachReport } from "./report/attachments.js";
import { type Faults, initialFaults, noFaults, withFaults } from "./room/faults.js";
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
  /** Why nothing has been heard since the page was loaded, in words; undefined once something was. */
  why(): Promise<string | undefined>;
  /**
   * Attaches what happened to a test: `timeline.txt`, `faults.json`, and `heard.wav` (a file per sample rate when there are several).
   * {@link fakeRoomFixture} does it for every test that fails.
   */
  attach(testInfo: Attachable): Promise<void>;
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
  if (clock !== undefined)
    throw new TypeError("The option clock cannot cross into a page: the room there keeps wall-clock time.");
  if (machineUrl !== undefined)
    throw new TypeError("The option machineUrl is not needed: the bundle's own URL is answered.");
  const target = page as PageLike;
  let faults: Faults = plain.faults ?? {};
  initialFaults(faults);
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

  const snapshots = async () =>
    (await ask(() => (globalThis as PageGlobals).tavusEchoFakeRoom?.snapshot(), undefined)).filter(
      (snapshot) => snapshot !== undefined,
    );

  const why = async (): Promise<string | undefined> => {
    const reasons = (await snapshots()).map((snapshot) => snapshot.why);
    if (reasons.length === 0) return "No page has joined a fake room: was fakeRoom(page) called before the app joined?";
    return reasons.includes(undefined) ? undefined : reasons.join(" ");
  };

  return {
    async turns(options = {}) {
      checkOptions("option of turns()", { atLeast: count(0), timeoutSeconds: seconds }, options);
      const { atLeast = 1, timeoutSeconds = 5 } = options;
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
    why,
    async attach(testInfo) {
      const found = await snapshots();
      await attachReport(testInfo, {
        timeline: found.map(({ timeline }) => timeline).join("\n"),
        why: await why(),
        faults: { options: { ...plain, faults: plain.faults ?? {} }, now: faults },
        turns: found.flatMap(({ turns }) => turns).map(arrived),
      });
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
      faults = { ...faults, ...changes, ejected: undefined, fatalError: undefined, nonfatalError: undefined };
      await ask((sent) => (globalThis as PageGlobals).tavusEchoFakeRoom?.set(sent), changes);
    },
    async emit(event) {
      await ask((sent) => (globalThis as PageGlobals).tavusEchoFakeRoom?.emit(sent), event);
    },
  };
}

const arrived = ({ pcm, ...turn }: TurnOnTheWay): HeardTurn => withSamples(turn, () => fromBase64(pcm));

/** What is used of Playwright's TestInfo by the fixture. */
interface TestInfoLike extends Attachable {
  readonly status?: string | undefined;
  readonly expectedStatus: string;
}

/**
 * A fixture for `test.extend({ room: fakeRoomFixture() })`: every test that asks for `room` gets one for its page, and a test that fails gets
 * its attachments (see `PageRoom.attach`). Options as of {@link fakeRoom}.
 */
export function fakeRoomFixture(options: FakeRoomOptions = {}) {
  checkRoomOptions("fakeRoomFixture()", options);
  return async (
    { page }: { page: object },
    use: (room: PageRoom) => Promise<void>,
    testInfo: TestInfoLike,
  ): Promise<void> => {
    const room = await fakeRoom(page, options);
    await use(room);
    if (testInfo.status !== testInfo.expectedStatus) await room.attach(testInfo);
  };
}

/** A JavaScript literal: JSON, but Infinity stays what it is. */
function literal(value: unknown): string {
  const mark = "\u0000Infinity";
  const json = JSON.stringify(value, (_, member: unknown) => (member === Number.POSITIVE_INFINITY ? mark : member));
  return json.replaceAll(JSON.stringify(mark), "Infinity");
}
