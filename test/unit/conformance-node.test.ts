import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../../conformance/node/browser.js";
import { type Command, readCommand, UsageError } from "../../conformance/node/command-line.js";
import { Journal, journalFile } from "../../conformance/node/journal.js";
import { type PageServer, servePage } from "../../conformance/node/page-server.js";
import { conformance, type Terminal } from "../../conformance/node/run.js";
import { closeConversation, endOrphans, openConversation } from "../../conformance/node/service.js";
import { createFakeTavusApi, type FakeTavusApi } from "../../src/fake-room/rest.js";

const folder = mkdtempSync(join(tmpdir(), "tavus-echo-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
let api: FakeTavusApi;
let journal: Journal;
const account = () => ({ apiKey: api.apiKey, baseUrl: api.url });
beforeEach(async () => {
  api = await createFakeTavusApi({ strict: true });
  journal = new Journal(join(folder, `journal-${count++}.json`));
});
afterEach(() => api.close());

const command = (more: string[] = [], env: Record<string, string> = {}): Command =>
  readCommand(["conformance", ...more], { TAVUS_REPLICA_ID: "r1", ...env });
const running = () => [...api.conversations.values()].filter(({ status }) => status === "active");
const asked = () => api.requests.map(({ method, path, status }) => `${method} ${path.split("?")[0]} ${status}`);

describe("the command line", () => {
  test("ids come from arguments, else from the environment, in one vocabulary", () => {
    expect(command().ids).toEqual({ replicaId: "r1" });
    expect(command(["--replica", "r2", "--persona", "p2"]).ids).toEqual({ replicaId: "r2", personaId: "p2" });
    const pal = { TAVUS_REPLICA_ID: "", TAVUS_FACE_ID: "r3", TAVUS_PAL_ID: "p3" };
    expect(command([], pal).ids).toEqual({ faceId: "r3", palId: "p3" });
    expect(() => command(["--pal", "p3"])).toThrow(UsageError);
  });

  test.each([[[]], [["else"]], [["conformance", "--help"]], [["conformance", "--nonsense"]]])(
    "%j prints the help",
    (args) => {
      expect(() => readCommand(args, {})).toThrow(/--fake/);
    },
  );

  test.each([["--virtual"], ["--model={}"], ["--fake --model=nonsense"], ["--fake --model=7"]])(
    "%s is refused",
    (args) => {
      expect(() => command(args.split(" "))).toThrow(UsageError);
    },
  );
});

test("the journal is where each system keeps what a program remembers", () => {
  const file = (platform: string, env: Record<string, string>) => journalFile(env, platform).replaceAll("\\", "/");
  expect(file("linux", { HOME: "/home/u" })).toBe("/home/u/.config/tavus-echo/conversations.json");
  expect(file("linux", { HOME: "/home/u", XDG_CONFIG_HOME: "/cfg" })).toBe("/cfg/tavus-echo/conversations.json");
  expect(file("darwin", { HOME: "/Users/u" })).toBe(
    "/Users/u/Library/Application Support/tavus-echo/conversations.json",
  );
  expect(file("win32", { APPDATA: "C:/Users/u/Roaming" })).toBe("C:/Users/u/Roaming/tavus-echo/conversations.json");
});

test("an installed browser is found where each system has it; one that is named comes first", () => {
  const find = (platform: string, env: Record<string, string>, ...files: string[]) =>
    findBrowser(env, platform, (file) => files.includes(file));
  expect(find("linux", { PATH: "/a:/b" }, "/b/chromium")).toBe("/b/chromium");
  expect(find("linux", { PATH: "/a", CHROME_PATH: "/own" }, "/a/chromium", "/own")).toBe("/own");
  const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  expect(find("darwin", {}, mac)).toBe(mac);
  expect(find("linux", { PATH: "/a" })).toBeUndefined();
});

describe("the conversation", () => {
  test.each([
    ["older", command(), "POST /personas 200", { replica_id: "r1" }],
    ["newer", command([], { TAVUS_REPLICA_ID: "", TAVUS_FACE_ID: "r9" }), "POST /pals 200", { face_id: "r9" }],
  ])(
    "in the %s words: one persona, used again; private, for two, with limits; every field documented",
    async (_, given, made, body) => {
      for (let run = 0; run < 2; run++) {
        const conversation = await openConversation(given, account(), journal, "Hello.");
        expect(conversation.meetingToken).toBeDefined();
        expect(api.requests.at(-1)!.body).toMatchObject({
          ...{ ...body, require_auth: true, max_participants: 2, custom_greeting: "Hello." },
          properties: { max_call_duration: 300, participant_left_timeout: 5, participant_absent_timeout: 90 },
        });
        expect(await journal.entries()).toMatchObject([
          { name: conversation.name, conversationId: conversation.conversationId },
        ]);
        await closeConversation(account(), journal, conversation);
      }
      expect(asked().filter((line) => line === made)).toHaveLength(1);
      expect(running()).toEqual([]);
      expect(await journal.entries()).toEqual([]);
      expect(api.requests.flatMap(({ unknownFields }) => unknownFields)).toEqual([]);
      expect(api.requests.every(({ status }) => status < 300)).toBe(true);
    },
  );

  test("made and not told, it is found by its name and ended", async () => {
    const real = globalThis.fetch;
    const losing = (async (url: string, init: RequestInit) => {
      const response = await real(url, init);
      if (init.method === "POST" && String(url).endsWith("/conversations")) throw new TypeError("fetch failed");
      return response;
    }) as typeof fetch;
    await expect(
      openConversation(command(["--persona", "pipecat0"]), { ...account(), fetch: losing }, journal, ""),
    ).rejects.toMatchObject({ code: "unreachable" });
    expect(api.conversations.size).toBe(1);
    expect(running()).toEqual([]);
    expect(await journal.entries()).toEqual([]);
  });

  test("orphans of processes that are no more are ended, those of others that run are not", async () => {
    const mine = await openConversation(command(["--persona", "pipecat0"]), account(), journal, "");
    const other = await openConversation(command(["--persona", "pipecat0"]), account(), journal, "");
    const entries = await journal.entries();
    // One belongs to a process that is over, the other to the one that runs this test's parent.
    const dead = { ...entries.find(({ name }) => name === mine.name)!, pid: 2 ** 22 + 1 };
    const alive = { ...entries.find(({ name }) => name === other.name)!, pid: process.ppid };
    writeFileSync(journal.file, JSON.stringify({ conversations: [dead, alive, { nonsense: true }] }));
    expect(await endOrphans(account(), journal)).toEqual([mine.conversationId]);
    expect(running().map(({ conversation_id }) => conversation_id)).toEqual([other.conversationId]);
    // After so long it is over by its own limits, whatever process has its number now.
    writeFileSync(journal.file, JSON.stringify({ conversations: [{ ...alive, startedAt: alive.startedAt - 1000 }] }));
    expect(await endOrphans(account(), journal)).toEqual([other.conversationId]);
    expect(running()).toEqual([]);
    expect(await journal.entries()).toEqual([]);
  });

  test("a journal that is no JSON is as good as none", async () => {
    for (const text of ["", "{", "[]", '{"conversations":7}']) {
      writeFileSync(journal.file, text);
      expect(await endOrphans(account(), journal)).toEqual([]);
    }
  });
});

describe("the page", () => {
  const script = new URL("data:text/javascript,0");
  let page: PageServer;
  afterEach(() => page.close());
  const post = (path: string, body: object = {}) =>
    fetch(`${page.url}${path}`, { method: "POST", body: JSON.stringify(body) });

  test("is let in once there is a conversation, tells each point, then all", async () => {
    const lines: string[] = [];
    page = await servePage(script, ({ name }) => lines.push(name));
    expect(await (await fetch(page.url)).text()).toContain("page.js");
    const entrance = post("entrance").then((response) => response.json());
    await page.opened;
    page.admit({ url: "https://room.example/c1", token: "t", greeting: "", seconds: 270 });
    expect(await entrance).toEqual({ url: "https://room.example/c1", token: "t", greeting: "", seconds: 270 });
    await post("line", { name: "first" });
    await post("done", { lines: [], seconds: 1, versions: {} });
    expect(lines).toEqual(["first"]);
    expect(await page.result).toEqual({ lines: [], seconds: 1, versions: {} });
  });

  test("its failure is the result's; without its secret nothing is served", async () => {
    page = await servePage(script, () => {});
    const { origin } = new URL(page.url);
    for (const path of ["/", "/page.js", "/x/", "/entrance"])
      expect((await fetch(`${origin}${path}`)).status).toBe(404);
    await post("failed", { message: "no replica" });
    await expect(page.result).rejects.toThrow("no replica");
  });
});

describe("a run", () => {
  const terminal = (more: Partial<Terminal> = {}): Terminal & { said: string[] } => {
    const said: string[] = [];
    return {
      ...{
        said,
        say: (text: string) => void said.push(text),
        signal: new AbortController().signal,
        interactive: false,
      },
      ...{ env: { XDG_CONFIG_HOME: join(folder, `cfg-${count++}`) }, platform: "linux", version: "0.0.0" },
      ...{ script: new URL("data:text/javascript,0"), ...more },
    };
  };

  test("says what it costs, and does nothing when nobody agrees", async () => {
    const at = terminal();
    expect(await conformance(command(), account(), at)).toBe(2);
    expect(at.said.join("\n")).toMatch(/real conversation .* Tavus bills[\s\S]*--yes/);
    expect(api.requests).toEqual([]);
  });

  test("--fake --virtual: all of it, the conversation ended, the report written", async () => {
    const at = terminal();
    const out = join(folder, `out-${count++}`);
    expect(await conformance(command(["--fake", "--virtual", "--out", out]), account(), at)).toBe(0);
    expect(running()).toEqual([]);
    expect(asked().at(-1)).toMatch(/^POST \/conversations\/c[\da-f]+\/end 200$/);
    const text = at.said.join("\n");
    expect(text).toContain("createFakeRoom({ model: ");
    expect(text).toContain("  abandonSeconds: 10 s (9.85 s to 10.15 s)");
    expect(text).not.toContain(api.apiKey);
    expect(text).not.toMatch(/FAILS/);
  });

  test("--fake where no browser is installed runs in virtual time, and says so", async () => {
    const at = terminal();
    const out = join(folder, `out-${count++}`);
    expect(await conformance(command(["--fake", "--out", out]), account(), at)).toBe(0);
    expect(at.said.join("\n")).toContain("No browser was found");
  });

  test("a signal ends the conversation before the command ends", async () => {
    const stop = new AbortController();
    const at = terminal({ signal: stop.signal, say: (text) => void (/who sends/.test(text) && stop.abort()) });
    await expect(conformance(command(["--fake", "--virtual", "--out", folder]), account(), at)).rejects.toThrow(
      "Stopped.",
    );
    expect(api.conversations.size).toBe(1);
    expect(running()).toEqual([]);
  });

  test("when the end fails, it says how to end, and the next start does", async () => {
    const at = terminal();
    const failing = (async (url: string, init: RequestInit) => {
      if (String(url).endsWith("/end")) throw new TypeError("fetch failed");
      return fetch(url, init);
    }) as typeof fetch;
    const out = ["--out", join(folder, `out-${count++}`)];
    await conformance(command(["--fake", "--virtual", ...out]), { ...account(), fetch: failing, retries: 0 }, at);
    expect(at.said.join("\n")).toMatch(/could not be ended: .* --end/);
    expect(running()).toHaveLength(1);
    const file = journalFile(at.env, "linux");
    const [entry] = await new Journal(file).entries();
    // As another process would see it.
    writeFileSync(file, JSON.stringify({ conversations: [{ ...entry, pid: 2 ** 22 + 1 }] }));
    expect(await conformance(command(["--end"]), account(), at)).toBe(0);
    expect(running()).toEqual([]);
  });
});
