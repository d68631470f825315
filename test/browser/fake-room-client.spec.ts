/** What the real client does in a fake room: one test per fact of "sendAppMessage" and of "a fake room under the real client". */
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";

const machineFile = createRequire(import.meta.url).resolve("tavus-echo/fake-room-machine.js");

test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await ready(page);
});

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => window.lib);
  await page.evaluate(() => {
    // What every test here needs; rooms are made by the public entry.
    Object.assign(window, {
      async open(client: "Daily" | "Daily087", options: object = {}, call: object = {}) {
        const room = await window.lib.fakeRoom.createFakeRoom(options);
        const make = () =>
          (window.lib[client] as typeof window.lib.Daily).createCallObject({
            audioSource: false,
            videoSource: false,
            dailyConfig: room.dailyConfig,
            ...call,
          });
        return { room, make };
      },
      attempt(run: () => unknown): string {
        try {
          run();
          return "passes";
        } catch (error) {
          return (error as Error).message;
        }
      },
      next: (call: { once(event: string, listener: (event: unknown) => void): void }, event: string) =>
        new Promise((resolve) => call.once(event, resolve)),
      sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  });
}

type Call = ReturnType<typeof window.lib.Daily.createCallObject>;
type Room = Awaited<ReturnType<typeof window.lib.fakeRoom.createFakeRoom>>;
declare global {
  interface Window {
    open(client: "Daily" | "Daily087", options?: object, call?: object): Promise<{ room: Room; make(): Call }>;
    attempt(run: () => unknown): string;
    next(call: Call, event: string): Promise<Record<string, unknown>>;
    sleep(ms: number): Promise<void>;
  }
}

for (const client of ["Daily", "Daily087"] as const)
  test.describe(client === "Daily" ? "0.92.2" : "0.87.0", () => {
    test("sendAppMessage throws unless the meeting is joined [certain]", async ({ page }) => {
      const said = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, { joinSeconds: 0.2 });
        const call = make();
        const send = () => window.attempt(() => call.sendAppMessage({ n: 1 }));
        const before = send();
        const joining = call.join({ url: room.url });
        await window.sleep(100);
        const during = `${call.meetingState()}: ${send()}`;
        await joining;
        const joined = send();
        await call.leave();
        const after = send();
        await call.join({ url: room.url });
        room.set({ ejected: true });
        await window.next(call, "error");
        const error = send();
        await call.destroy();
        return { before, during, joined, after, error, destroyed: send() };
      }, client);
      const refusal = "sendAppMessage() only supported after join.";
      expect(said).toEqual({
        before: refusal,
        during: `joining-meeting: ${refusal}`,
        joined: "passes",
        after: refusal,
        error: refusal,
        destroyed: refusal,
      });
    });

    test("size: N passes, N + 1 throws, in UTF-16 units of the whole JSON; the limit comes with the join [certain]", async ({
      page,
    }) => {
      const result = await page.evaluate(async (client) => {
        const results: Record<string, string> = {};
        for (const limit of [4096, 7000]) {
          const { room, make } = await window.open(client, { maxMessageLength: limit });
          const call = make();
          await call.join({ url: room.url });
          const of = (length: number, filler: string): object => ({
            text: filler.repeat((length - 11) / filler.length).padEnd(length - 11, "-"),
          });
          for (const filler of ["x", "😀", "é"])
            for (const more of [0, 1])
              results[`${limit} + ${more} ${filler}`] = window.attempt(() =>
                call.sendAppMessage(of(limit + more, filler)),
              );
          await call.leave();
          results[`${limit} after leave`] = String(
            (call as unknown as { _maxAppMessageSize: number })._maxAppMessageSize,
          );
          await call.destroy();
          room.close();
        }
        return results;
      }, client);
      for (const limit of [4096, 7000]) {
        for (const filler of ["x", "😀", "é"]) {
          expect(result[`${limit} + 0 ${filler}`]).toBe("passes");
          expect(result[`${limit} + 1 ${filler}`]).toBe(`Message data too large. Max size is ${limit}`);
        }
        expect(result[`${limit} after leave`]).toBe("4096");
      }
    });

    test("size: a new limit comes only with a further joined-meeting, in the middle of the call [certain]", async ({
      page,
    }) => {
      const result = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client);
        const call = make();
        let joins = 0;
        call.on("joined-meeting", () => joins++);
        await call.join({ url: room.url });
        const send = (length: number) => window.attempt(() => call.sendAppMessage({ text: "x".repeat(length - 11) }));
        const results = [send(5000)];
        for (const maxMessageLength of [65_536, 1000]) {
          const told = window.next(call, "joined-meeting");
          room.set({ maxMessageLength });
          await told;
          results.push(send(maxMessageLength), send(maxMessageLength + 1));
        }
        const { participants } = { participants: Object.keys(call.participants()).length };
        await call.destroy();
        return { results, joins, participants };
      }, client);
      expect(result).toEqual({
        results: [
          "Message data too large. Max size is 4096",
          "passes",
          "Message data too large. Max size is 65536",
          "passes",
          "Message data too large. Max size is 1000",
        ],
        joins: 3,
        participants: 2,
      });
    });

    test("room() carries max_app_message_size, and other stamped requests are answered [certain]", async ({ page }) => {
      const result = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, { maxMessageLength: 9000 });
        const call = make();
        await call.join({ url: room.url });
        const info = (await call.room()) as { name: string; domainConfig: { max_app_message_size: number } };
        const named = (await call.setUserName("somebody")) as object;
        room.set({ roomInfo: false });
        const bare = ((await call.room()) as { domainConfig: object }).domainConfig;
        await call.destroy();
        return { size: info.domainConfig.max_app_message_size, name: info.name === room.conversationId, named, bare };
      }, client);
      expect(result).toMatchObject({ size: 9000, name: true, named: {} });
      // The hint may be missing.
      expect(result.bare).toEqual({});
    });

    test("sendAppMessage is synchronous, returns the call, and clones its data at the call [certain]", async ({
      page,
    }) => {
      const result = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client);
        const call = make();
        await call.join({ url: room.url });
        const data = { list: [1, 2] };
        const returned = call.sendAppMessage(data);
        data.list.push(3);
        await room.turns();
        const [message] = room.messages.filter(({ data }) => "list" in (data as object));
        await call.destroy();
        return { same: returned === call, list: message!.data };
      }, client);
      expect(result).toEqual({ same: true, list: { list: [1, 2] } });
    });

    test("an interruption does not make sendAppMessage throw; network-connection tells it; its end is an error or a leave", async ({
      page,
    }) => {
      const result = await page.evaluate(async (client) => {
        const ends: string[] = [];
        const network: unknown[] = [];
        let during = "";
        for (const signallingEnd of ["error", "left"]) {
          const faults = { signallingTimeoutSeconds: 0.2, signallingEnd };
          const { room, make } = await window.open(client, { faults });
          const call = make();
          call.on("network-connection", ({ type, event }) => network.push([type, event]));
          for (const event of ["error", "left-meeting"] as const) call.on(event, ({ action }) => ends.push(action));
          await call.join({ url: room.url });
          room.set({ signalling: "queue" });
          await window.sleep(20);
          during = window.attempt(() => call.sendAppMessage({ n: 1 }));
          room.set({ signalling: "up" });
          await window.sleep(20);
          room.set({ signalling: "drop" });
          await window.sleep(400);
          await call.destroy();
        }
        return { during, network, ends };
      }, client);
      expect(result.during).toBe("passes");
      expect(result.network.slice(0, 3)).toEqual([
        ["signaling", "interrupted"],
        ["signaling", "connected"],
        ["signaling", "interrupted"],
      ]);
      expect(result.ends).toEqual(["error", "left-meeting"]);
    });

    test("two call objects in one page; to is everybody, an id, a list; the sender never hears itself [certain]", async ({
      page,
    }) => {
      const got = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, {}, { allowMultipleCallInstances: true });
        const heard: Record<string, unknown[]> = {};
        const calls: Call[] = [];
        for (const name of ["one", "two", "three"]) {
          const call = make();
          heard[name] = [];
          call.on("app-message", ({ data }) => {
            if (data.tag) heard[name]!.push(data.tag);
          });
          await call.join({ url: room.url });
          calls.push(call);
        }
        const ids = calls.map((call) => call.participants().local.session_id);
        const [one] = calls as [Call];
        one.sendAppMessage({ tag: "all" }, "*");
        one.sendAppMessage({ tag: "two" }, ids[1]!);
        one.sendAppMessage({ tag: "list" }, ids);
        await window.sleep(100);
        const seen = calls.map((call) => Object.keys(call.participants()).length);
        for (const call of calls) await call.destroy();
        return { heard, seen };
      }, client);
      expect(got).toEqual({
        heard: { one: [], two: ["all", "two", "list"], three: ["all", "list"] },
        // Three and the replica.
        seen: [4, 4, 4],
      });
    });

    test("rejoin: after a leave and after an error", async ({ page }) => {
      const states = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client);
        const call = make();
        const states: unknown[] = [];
        for (const end of ["leave", "eject", "none"]) {
          await call.join({ url: room.url });
          await window.sleep(50);
          states.push([call.meetingState(), Object.keys(call.participants()).length]);
          call.sendAppMessage({ n: states.length });
          // An ejection overtakes what is still on its way.
          await window.sleep(50);
          if (end === "leave") await call.leave();
          if (end === "eject") {
            const error = window.next(call, "error");
            room.set({ ejected: true });
            await error;
          }
        }
        await window.sleep(50);
        const sent = room.messages.filter(({ data }) => "n" in (data as object)).length;
        await call.destroy();
        return { states, sent };
      }, client);
      expect(states).toEqual({
        states: [
          ["joined-meeting", 2],
          ["joined-meeting", 2],
          ["joined-meeting", 2],
        ],
        sent: 3,
      });
    });

    test("double mount: a call that is destroyed while it joins leaves nothing behind", async ({ page }) => {
      const result = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, { joinSeconds: 0.1 });
        const first = make();
        first.join({ url: room.url }).catch(() => {});
        await first.destroy();
        const second = make();
        let joins = 0;
        second.on("joined-meeting", () => joins++);
        await second.join({ url: room.url });
        await window.sleep(300);
        const present = Object.keys(second.participants()).length;
        second.sendAppMessage({ n: 1 });
        await window.sleep(50);
        const sent = room.messages.filter(({ data }) => "n" in (data as object)).length;
        await second.destroy();
        return { joins, present, sent };
      }, client);
      expect(result).toEqual({ joins: 1, present: 2, sent: 1 });
    });

    test("avoidEval: the blob loads by a script tag", async ({ page }) => {
      const state = await page.evaluate(async (client) => {
        const room = await window.lib.fakeRoom.createFakeRoom();
        const call = (window.lib[client] as typeof window.lib.Daily).createCallObject({
          audioSource: false,
          videoSource: false,
          dailyConfig: { ...room.dailyConfig, avoidEval: true },
        });
        await call.join({ url: room.url });
        const tag = document.querySelector('script[src^="blob:"]') !== null;
        const state = call.meetingState();
        await call.destroy();
        return { state, tag };
      }, client);
      expect(state).toEqual({ state: "joined-meeting", tag: true });
    });

    test("under script-src 'self' a file of the page's own origin joins, by machineUrl", async ({ page }) => {
      await page.route("**/csp", async (route) => {
        const response = await route.fetch({ url: new URL("/", route.request().url()).href });
        const headers = { ...response.headers(), "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'" };
        await route.fulfill({ response, headers });
      });
      await page.route("**/fake-room-machine.js", (route) => route.fulfill({ path: machineFile }));
      await page.goto("/csp");
      await ready(page);
      const result = await page.evaluate(async (client) => {
        const blocked: string[] = [];
        addEventListener("securitypolicyviolation", ({ blockedURI }) => blocked.push(blockedURI));
        const { room, make } = await window.open(client, { machineUrl: "/fake-room-machine.js" });
        const call = make();
        await call.join({ url: room.url });
        const state = call.meetingState();
        await call.destroy();
        const blockedBefore = [...blocked];
        // The default way does not work there: that is what machineUrl is for.
        const plain = await window.open(client, {}, { strictMode: false });
        plain
          .make()
          .join({ url: plain.room.url })
          .catch(() => {});
        await window.sleep(500);
        return { state, blockedBefore, blockedAfter: blocked.length };
      }, client);
      expect(result).toMatchObject({ state: "joined-meeting", blockedBefore: [] });
      expect(result.blockedAfter).toBeGreaterThan(0);
    });

    test("a URL that no fake room has rejects the join; a room that stays silent leaves it pending [certain]", async ({
      page,
    }) => {
      const result = await page.evaluate(async (client) => {
        const { make } = await window.open(client);
        const call = make();
        const error = await call.join({ url: "https://tavus.daily.co/nowhere" }).catch((reason) => reason);
        await call.destroy();
        const silent = await window.open(client, { joinSeconds: Number.POSITIVE_INFINITY });
        const waiting = silent.make();
        let settled = false;
        waiting.join({ url: silent.room.url }).finally(() => {
          settled = true;
        });
        await window.sleep(300);
        const state = waiting.meetingState();
        await waiting.destroy();
        return { error, settled, state };
      }, client);
      expect(result.error.errorMsg).toContain("No fake room in this page has the URL https://tavus.daily.co/nowhere");
      expect(result).toMatchObject({ settled: false, state: "joining-meeting" });
    });

    test("a room that has expired rejects the join", async ({ page }) => {
      const error = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, { faults: { expired: true } });
        const call = make();
        const error = await call.join({ url: room.url }).catch((reason) => reason);
        await call.destroy();
        return { msg: error.errorMsg, type: error.error.type };
      }, client);
      expect(error.type).toBe("exp-room");
    });

    test("participants come, change and go; errors that do not end the call are told", async ({ page }) => {
      const result = await page.evaluate(async (client) => {
        const { room, make } = await window.open(client, { replica: "absent" }, { audioSource: true });
        const call = make();
        const told: string[] = [];
        for (const event of ["participant-joined", "participant-updated", "participant-left"] as const)
          call.on(event, ({ action, participant }) => told.push(`${action} ${participant.user_name || "me"}`));
        await call.join({ url: room.url });
        const microphone = [call.participants().local.tracks.audio.state];
        const updated = window.next(call, "participant-updated");
        call.setLocalAudio(false);
        await updated;
        microphone.push(call.participants().local.tracks.audio.state);
        const human = room.participant({ userName: "Ada" });
        await window.sleep(50);
        human.leave();
        const nonfatal = window.next(call, "nonfatal-error");
        room.set({ nonfatalError: true });
        const { type } = await nonfatal;
        const state = call.meetingState();
        await call.destroy();
        return { told, microphone, type, state };
      }, client);
      expect(result).toEqual({
        told: ["participant-updated me", "participant-joined Ada", "participant-left Ada"],
        // A call object that is not told otherwise publishes its microphone [certain].
        microphone: ["playable", "off"],
        type: "meeting-session-data-error",
        state: "joined-meeting",
      });
    });
  });

test("0.92.2: bundlePathOverride with the blob's URL and a # joins too [certain]", async ({ page }) => {
  const state = await page.evaluate(async () => {
    const room = await window.lib.fakeRoom.createFakeRoom();
    const { callObjectBundleUrlOverride } = room.dailyConfig as { callObjectBundleUrlOverride: string };
    const call = window.lib.Daily.createCallObject({
      audioSource: false,
      videoSource: false,
      dailyConfig: { bundlePathOverride: `${callObjectBundleUrlOverride}#` } as object,
    });
    await call.join({ url: room.url });
    const state = call.meetingState();
    await call.destroy();
    return state;
  });
  expect(state).toBe("joined-meeting");
});

test("the sizes of the table: 2892 bytes at 4096 characters, 48 972 at 65536", async ({ page }) => {
  const fits = await page.evaluate(async () => {
    const results: unknown[] = [];
    for (const [maxMessageLength, bytes] of [
      [4096, 2892],
      [65_536, 48_972],
    ] as const) {
      const { room, make } = await window.open("Daily", { maxMessageLength });
      const call = make();
      await call.join({ url: room.url });
      const send = (size: number): string =>
        window.attempt(() =>
          call.sendAppMessage({
            message_type: "conversation",
            event_type: "conversation.echo",
            conversation_id: room.conversationId,
            properties: {
              modality: "audio",
              audio: btoa("\0".repeat(size)),
              sample_rate: 24_000,
              inference_id: crypto.randomUUID(),
              done: false,
            },
          }),
        );
      results.push([send(bytes), send(bytes + 6)]);
      await call.destroy();
      room.close();
    }
    return results;
  });
  expect(fits).toEqual([
    ["passes", "Message data too large. Max size is 4096"],
    ["passes", "Message data too large. Max size is 65536"],
  ]);
});

test("messages of 1,000,000 characters, 60 s in all, arrive sample for sample", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { room, make } = await window.open("Daily", { maxMessageLength: 1_000_000, speed: 50 });
    const call = make();
    await call.join({ url: room.url });
    let state = 12_345;
    const pcm = Int16Array.from({ length: 60 * 24_000 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return ((state >>> 8) & 0xffff) - 32_768;
    });
    const size = 374_700;
    const blocks: number[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) blocks.push(entry.duration);
    }).observe({ entryTypes: ["longtask"] });
    const messages: object[] = [];
    for (let at = 0; at < pcm.length; at += size) {
      const bytes = new Uint8Array(pcm.slice(at, at + size).buffer);
      let binary = "";
      for (let from = 0; from < bytes.length; from += 8192)
        binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
      messages.push({
        message_type: "conversation",
        event_type: "conversation.echo",
        conversation_id: room.conversationId,
        properties: {
          modality: "audio",
          audio: btoa(binary),
          sample_rate: 24_000,
          inference_id: "long",
          done: at + size >= pcm.length,
        },
      });
    }
    await window.sleep(100);
    blocks.length = 0;
    for (const message of messages) {
      call.sendAppMessage(message);
      await window.sleep(0);
    }
    const [turn] = await room.turns();
    await call.destroy();
    return {
      longest: Math.max(...messages.map((message) => JSON.stringify(message).length)),
      exact: turn!.pcm.length === pcm.length && turn!.pcm.every((value, n) => value === pcm[n]),
      turn: { seconds: turn!.seconds, gaps: turn!.gaps, outcome: turn!.outcome },
      blocks,
    };
  });
  console.log(
    `longest message ${result.longest} characters; tasks over 50 ms, in ms: ${result.blocks.map(Math.round).join(" ") || "none"}`,
  );
  expect(result.longest).toBeGreaterThan(999_000);
  // Played 50 times as fast on the wall clock, so gaps may come: they are in time, not in the samples.
  expect(result).toMatchObject({ exact: true, turn: { seconds: 60, outcome: "spoken" } });
});

test("nothing but the page's own server is ever asked", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (!/^(http:\/\/localhost|blob:|data:)/.test(request.url())) asked.push(request.url());
  });
  await page.evaluate(async () => {
    const { room, make } = await window.open("Daily");
    const call = make();
    await call.join({ url: room.url });
    room.set({ ejected: true });
    await window.sleep(200);
    await call.join({ url: room.url });
    room.close();
    await window.sleep(200);
    await call.destroy();
  });
  expect(asked).toEqual([]);
});
