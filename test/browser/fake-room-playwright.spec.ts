/** fakeRoom under an app without a hook, beyond what the guide shows. */
import { expect, test } from "@playwright/test";
import { fakeRoom, fakeRoomFixture, type PageRoom } from "tavus-echo/fake-room/playwright";

test("avoidEval, a script tag from Daily's own URL, joins too", async ({ page }) => {
  const room = await fakeRoom(page);
  await page.goto("/app.html?avoidEval");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Say hello" }).click();
  expect(await room.turns()).toMatchObject([{ outcome: "spoken" }]);
  expect(await page.locator('script[src^="https://c.daily.co/"]').count()).toBe(1);
});

test("the conversation's id is taken from the URL that the app joins; messages and samples come over exactly", async ({
  page,
}) => {
  const room = await fakeRoom(page);
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Say hello" }).click();
  const [hello] = await room.turns();
  const tone = Int16Array.from({ length: 12_000 }, (_, n) =>
    Math.round(9000 * Math.sin((2 * Math.PI * 440 * n) / 24_000)),
  );
  expect(Buffer.from(hello!.pcm.buffer).equals(Buffer.from(tone.buffer))).toBe(true);
  expect(hello!.wav.length).toBe(44 + 24_000);
  const echoes = (await room.messages()).map(({ data }) => data as Record<string, unknown>);
  expect(echoes.find(({ event_type }) => event_type === "conversation.echo")).toMatchObject({
    conversation_id: "c0123456789abcdef",
  });
  expect(await room.refused()).toEqual([]);
});

test("speech runs in the test, text echo is heard with its samples", async ({ page }) => {
  const said: string[] = [];
  const room = await fakeRoom(page, {
    speech: async function* (text) {
      said.push(text);
      yield { samples: new Float32Array(8000).fill(0.25), sampleRate: 16_000 };
    },
  });
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("button", { name: "Say hello" })).toBeEnabled();
  await page.getByRole("button", { name: "Say good morning" }).click();
  expect(await room.turns()).toMatchObject([{ text: "Good morning", sampleRate: 16_000, seconds: 0.5 }]);
  expect(said).toEqual(["Good morning"]);
});

test("faults that are set before the page is loaded hold in it, and those set later at once", async ({ page }) => {
  const room = await fakeRoom(page, { faults: { messagesPerSecond: Number.POSITIVE_INFINITY, silent: true } });
  await room.set({ replica: "absent" });
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByText("Connected")).toBeVisible();
  await expect(page.getByRole("button", { name: "Say hello" })).toBeDisabled();
  await room.set({ replica: "ready", silent: false });
  await page.getByRole("button", { name: "Say hello" }).click();
  expect(await room.turns()).toMatchObject([{ outcome: "spoken" }]);
  await room.emit({ event_type: "conversation.replica.started_speaking" });
  await expect(page.getByText("Speaking")).toBeVisible();
});

test("without a turn turns() says so after its time; options that cannot cross are refused", async ({ page }) => {
  const room = await fakeRoom(page);
  await page.goto("/app.html");
  expect(await room.turns({ timeoutSeconds: 0.3 })).toEqual([]);
  await expect(fakeRoom(page, { machineUrl: "/x.js" })).rejects.toThrow(TypeError);
  await expect(room.set({ lost: 1 } as object)).rejects.toThrow(/There is no fault "lost"/);
});

test("a page that is loaded again has a room of its own", async ({ page }) => {
  const room = await fakeRoom(page);
  for (let visit = 0; visit < 2; visit++) {
    await page.goto("/app.html");
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("button", { name: "Say hello" }).click();
    expect(await room.turns()).toHaveLength(1);
  }
});

test("options are checked in the test, before any page", async ({ page }) => {
  await expect(fakeRoom(page, { replcia: "late" } as object)).rejects.toThrow(/Did you mean "replica"/);
  await expect(fakeRoom(page, { model: { ids: "MD5" } } as object)).rejects.toThrow(/Did you mean "md5"/);
  const room = await fakeRoom(page);
  await expect(room.set({ signalling: "dropp" } as object)).rejects.toThrow(/Did you mean "drop"/);
  await expect(room.turns({ atleast: 1 } as object)).rejects.toThrow(/Did you mean "atLeast"/);
});

test("why nothing was heard: no room yet, nobody spoke, nothing once something was", async ({ page }) => {
  const room = await fakeRoom(page);
  await page.goto("/app.html");
  expect(await room.why()).toMatch(/No page has joined a fake room/);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByText("Connected")).toBeVisible();
  expect(await room.turns({ timeoutSeconds: 0 })).toEqual([]);
  expect(await room.why()).toBe("Somebody joined, but sent nothing.");
  await page.getByRole("button", { name: "Say hello" }).click();
  const [hello] = await room.turns();
  expect(await room.why()).toBeUndefined();
  expect(Object.keys(hello!)).not.toContain("pcm");
});

const withRoom = test.extend<{ room: PageRoom }>({ room: fakeRoomFixture({ replica: "ready", seed: 2 }) });

withRoom("a fixture makes the room; attach() gives timeline, faults and sound", async ({ page, room }, testInfo) => {
  await room.set({ latencySeconds: 0.01 });
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Say hello" }).click();
  await room.turns();
  await room.attach(testInfo);
  const attached = new Map(testInfo.attachments.map((attachment) => [attachment.name, attachment]));
  expect([...attached.keys()]).toEqual(["timeline.txt", "faults.json", "heard.wav"]);
  const { body } = attached.get("heard.wav")!;
  // 12,000 samples of a tone and half a second of silence.
  expect(body!.length).toBe(44 + 2 * (12_000 + 12_000));
  expect(body!.subarray(0, 4).toString()).toBe("RIFF");
  expect(attached.get("timeline.txt")!.body!.toString()).toMatch(/conversation\.echo .*"samples":/);
  expect(JSON.parse(attached.get("faults.json")!.body!.toString())).toMatchObject({
    options: { seed: 2 },
    now: { latencySeconds: 0.01 },
  });
});

withRoom("a test that fails gets them by itself", async ({ page, room }, testInfo) => {
  const names: string[] = [];
  const failed = { status: "failed", expectedStatus: "passed", attach: async (name: string) => void names.push(name) };
  await fakeRoomFixture()({ page }, async () => {}, failed);
  expect(names).toEqual(["timeline.txt", "faults.json"]);
  names.length = 0;
  await fakeRoomFixture()({ page }, async () => {}, { ...failed, status: "passed" });
  expect(names).toEqual([]);
  expect(testInfo.attachments).toEqual([]);
  expect(await room.why()).toMatch(/No page has joined/);
});
