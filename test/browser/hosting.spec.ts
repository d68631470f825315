import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { expect, type Page, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";
import { serve } from "../support/static-server.js";

// A page whose headers a test has changed counts as one from the internet, which asks before it reaches this machine.
test.use({ permissions: ["microphone", "local-network-access"] });

const files = { "worklet.js": readFileSync("dist/worklet.js"), "encoder.wasm": readFileSync("dist/encoder.wasm") };
type File = keyof typeof files;
type Fault = (response: ServerResponse) => void;

/** dist/ on an origin of its own, with a fault in the place of one file until `cure` is called. `using` closes it. */
async function host(faults: Partial<Record<File, Fault>> = {}, headers: Record<string, string> = anyOrigin) {
  let cured = false;
  const { url, close } = await serve("dist", headers, (pathname, response) => {
    const fault = faults[pathname.slice(1) as File];
    if (!fault || cured) return false;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    fault(response);
    return true;
  });
  return {
    audio: { workletUrl: `${url}/worklet.js`, wasmUrl: `${url}/encoder.wasm` },
    url,
    cure: () => {
      cured = true;
    },
    [Symbol.asyncDispose]: close,
  };
}
const anyOrigin = { "access-control-allow-origin": "*" };

/** Prepares a replica, twice if `cure` is given, in a context of the app's own or of ours. Gives what it rejected with. */
async function prepare(page: Page, audio: object, own: boolean, cure?: () => void) {
  const handle = await page.evaluateHandle(
    async ({ audio, own }) => {
      const { echo, fakeRoom } = window.lib;
      const room = await fakeRoom.createFakeRoom({ seed: 1 });
      const context = own ? { context: new AudioContext() } : {};
      return new echo.Replica({ transport: room.transport(), audio: { ...audio, ...context } });
    },
    { audio, own },
  );
  const attempt = () =>
    handle.evaluate((replica) => replica.prepare().then(() => undefined, window.lib.probe.failureOf));
  const first = await attempt();
  cure?.();
  const second = cure && (await attempt());
  await handle.evaluate((replica) => replica.close());
  return { first, second };
}

const answer =
  (body: string | Buffer, type = "text/javascript", status = 200): Fault =>
  (response) =>
    response.writeHead(status, { "content-type": type }).end(body);
const hangUp: Fault = (response) => response.destroy();
const changed = Buffer.from(files["encoder.wasm"]);
changed[2000] ^= 1;
const older = String(files["worklet.js"]).replace(/tavus-echo-[\d.]+/, "tavus-echo-0.0.1");

const faults: [File, string, Fault, RegExp][] = [
  ["worklet.js", "404", answer("gone", "text/plain", 404), /answers 404/],
  ["worklet.js", "a start page", answer("<!doctype html>", "text/html"), /text\/html/],
  ["worklet.js", "no network", hangUp, /cannot be fetched/],
  ["worklet.js", "half of it", answer(older.slice(0, 4000)), /not this version's worklet\.js: SyntaxError/],
  ["worklet.js", "another version", answer(older), /not this version's worklet\.js/],
  ["worklet.js", "a module that throws", answer("throw new Error('boom')"), /not this version's worklet\.js/],
  ["encoder.wasm", "404", answer("gone", "text/plain", 404), /encoder\.wasm could not be loaded: Error: HTTP 404/],
  ["encoder.wasm", "a start page", answer("<!doctype html>", "text/html"), /encoder\.wasm answered text\/html/],
  ["encoder.wasm", "no network", hangUp, /connect-src, CORS, or the network/],
  ["encoder.wasm", "half of it", answer(files["encoder.wasm"].subarray(0, 3000)), /or is damaged/],
  ["encoder.wasm", "its first 8 bytes", answer(files["encoder.wasm"].subarray(0, 8)), /or is damaged/],
  ["encoder.wasm", "a byte of another version", answer(changed), /not this version's encoder\.wasm/],
];

test("a file that is missing, damaged or another version's is named by prepare(), and works in the same context once it is there", async ({
  page,
}) => {
  await openHarness(page);
  for (const [file, what, fault, message] of faults)
    for (const own of [true, false])
      await test.step(`${file}: ${what}, in ${own ? "the app's" : "our"} context`, async () => {
        await using server = await host({ [file]: fault });
        const { first, second } = await prepare(page, server.audio, own, server.cure);
        expect(first).toMatchObject({ code: "worklet-failed", message: expect.stringMatching(message) });
        expect(first?.message).toContain(file);
        expect(first?.remedy).toContain("copy both out of the package");
        expect(second).toBeUndefined();
      });
});

test("a slow wasm is waited for", async ({ page }) => {
  let waited = 0;
  await using server = await host({
    "encoder.wasm": (response) => {
      const asked = Date.now();
      setTimeout(() => {
        waited = Date.now() - asked;
        response.end(files["encoder.wasm"]);
      }, 3500);
    },
  });
  await openHarness(page);
  expect(await prepare(page, server.audio, false)).toEqual({ first: undefined, second: undefined });
  expect(waited).toBeGreaterThan(3000);
});

const policy = "content-security-policy";
const wasmOnly = "script-src 'self' 'wasm-unsafe-eval'";
for (const [what, headers, head, expected] of [
  ["in report-only mode", { [`${policy}-report-only`]: "script-src 'none'" }, "", undefined],
  ["with worker-src 'none'", { [policy]: `${wasmOnly}; worker-src 'none'` }, "", undefined],
  ["as default-src alone", { [policy]: "default-src 'self'; connect-src 'self' ws:" }, "", "csp-wasm"],
  ["in a <meta>", {}, `<meta http-equiv="${policy}" content="script-src 'self'">`, "csp-wasm"],
  ["with connect-src 'none'", { [policy]: `${wasmOnly}; connect-src 'none'` }, "", "worklet-failed"],
] as const)
  test(`a policy ${what}: ${expected ?? "prepared"}`, async ({ page }) => {
    await openHarness(page, headers, head);
    const { first } = await prepare(page, {}, false);
    expect(first?.code).toBe(expected);
    if (expected === "worklet-failed") expect(first?.message).toContain("connect-src");
  });

test("the worklet's URL redirects to where the policy does not allow it: csp-worklet", async ({ page }) => {
  await using forbidden = await host();
  await using allowed = await host({
    "worklet.js": (response) => response.writeHead(302, { location: forbidden.audio.workletUrl }).end(),
  });
  await openHarness(page, { [policy]: `${wasmOnly} ${allowed.url}` });
  const { first } = await prepare(page, allowed.audio, false, allowed.cure);
  expect(first).toMatchObject({ code: "csp-worklet", message: expect.stringContaining("script-src") });
});

test("another origin needs CORS, with and without Cross-Origin-Embedder-Policy, and nothing else", async ({ page }) => {
  await using shared = await host();
  await using silent = await host({}, { "cross-origin-resource-policy": "cross-origin" });
  for (const embedder of ["unsafe-none", "require-corp"]) {
    await openHarness(page, { "cross-origin-embedder-policy": embedder });
    expect((await prepare(page, shared.audio, true)).first).toBeUndefined();
    const { workletUrl, wasmUrl } = silent.audio;
    const { first: worklet } = await prepare(page, { ...shared.audio, workletUrl }, true);
    expect(worklet).toMatchObject({ code: "worklet-failed", message: expect.stringContaining("cannot be fetched") });
    const { first: wasm } = await prepare(page, { ...shared.audio, wasmUrl }, true);
    expect(wasm).toMatchObject({ code: "worklet-failed", message: expect.stringContaining("CORS") });
    await page.unrouteAll();
  }
});

test("URLs that are relative to a <base>, and URL objects", async ({ page }) => {
  await using server = await host();
  await openHarness(page);
  const failures = await page.evaluate(async (href) => {
    const { echo, probe } = window.lib;
    document.head.append(Object.assign(document.createElement("base"), { href }));
    const tries = [
      { workletUrl: "worklet.js", wasmUrl: "./encoder.wasm" },
      { workletUrl: new URL("worklet.js", document.baseURI), wasmUrl: new URL("encoder.wasm", document.baseURI) },
    ];
    return Promise.all(
      tries.map(async (audio) => {
        const context = new OfflineAudioContext(1, 48_000, 48_000);
        const source = echo.audioNode(new ConstantSourceNode(context));
        return source.prepare?.(audio).then(() => undefined, probe.failureOf);
      }),
    );
  }, `${server.url}/`);
  expect(failures).toEqual([undefined, undefined]);
});

test("two replicas that prepare at once load once and share a context, which is closed after both", async ({
  page,
}) => {
  await using server = await host();
  await openHarness(page);
  const { loads, contexts, states } = await page.evaluate(async (audio) => {
    const { echo, fakeRoom } = window.lib;
    const { addModule } = AudioWorklet.prototype;
    let loads = 0;
    AudioWorklet.prototype.addModule = function (url, options) {
      loads++;
      return addModule.call(this, url, options);
    };
    const contexts: AudioContext[] = [];
    window.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    };
    const rooms = [await fakeRoom.createFakeRoom({ seed: 1 }), await fakeRoom.createFakeRoom({ seed: 2 })];
    const replicas = rooms.map((room) => new echo.Replica({ transport: room.transport(), audio }));
    await Promise.all(replicas.map((replica) => replica.prepare()));
    const states = [];
    for (const replica of replicas) {
      await replica.close();
      await Promise.resolve();
      // close() of the context answers later.
      if (replica === replicas.at(-1))
        while (contexts.some(({ state }) => state !== "closed"))
          await new Promise((resolve) => setTimeout(resolve, 20));
      states.push(contexts.map(({ state }) => state).join());
    }
    return { loads, contexts: contexts.length, states };
  }, server.audio);
  expect({ loads, contexts, states }).toEqual({ loads: 1, contexts: 1, states: ["running", "closed"] });
});

test("a replica that is closed while it prepares says so", async ({ page }) => {
  await using server = await host();
  await openHarness(page);
  const failure = await page.evaluate(async (audio) => {
    const { echo, fakeRoom, probe } = window.lib;
    const room = await fakeRoom.createFakeRoom({ seed: 1 });
    const replica = new echo.Replica({ transport: room.transport(), audio });
    const preparing = replica.prepare().then(() => undefined, probe.failureOf);
    await replica.close();
    return preparing;
  }, server.audio);
  expect(failure).toMatchObject({ name: "EchoError", code: "closed" });
});

test("a page that is not secure is unsupported, and https the remedy", async ({ page, baseURL }) => {
  await page.route("http://plain.example/**", async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${baseURL}${pathname}${search}` }) });
  });
  await page.goto("http://plain.example/");
  await page.waitForFunction(() => window.lib);
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  const { first } = await prepare(page, {}, false);
  expect(first).toMatchObject({ code: "unsupported", remedy: expect.stringContaining("https") });
  const microphone = await page.evaluate(() =>
    window.lib.echo
      .microphone()
      .prepare({})
      .then(() => undefined, window.lib.probe.failureOf),
  );
  expect(microphone).toMatchObject({ code: "unsupported", remedy: expect.stringContaining("https") });
});
