/** fakeRoom under an app without a hook, beyond what the guide shows. */
import { expect, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";

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
