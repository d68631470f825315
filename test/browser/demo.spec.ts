import { expect, type Page, test } from "@playwright/test";
import { turnProblems } from "../support/echo-turn.js";

type Backstage = {
  demo: {
    room: {
      turns(): Promise<{ seconds: number; gaps: number; outcome: string; text?: string }[]>;
      messages: { data: unknown }[];
    };
  };
};

const url = `http://localhost:${process.env.DEMO_PORT}`;

async function join(page: Page): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("button", { name: "Speak as audio" })).toBeEnabled({ timeout: 30_000 });
}

/** What the fake replica heard of each turn, less the samples. */
const heard = (page: Page) =>
  page.evaluate(async () => {
    const { room } = (globalThis as unknown as Backstage).demo;
    return (await room.turns()).map(({ seconds, gaps, outcome, text }) => ({ seconds, gaps, outcome, text }));
  });

const sent = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as Backstage).demo.room.messages.map(({ data }) => ({ data })));

/** How many pixels of the replica's picture change between frames 100 ms apart, over a second: the mouth, when it moves. */
const movement = (page: Page) =>
  page.evaluate(async () => {
    const video = document.querySelector("video");
    if (!video) throw new Error("no video");
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    const frames: Uint8ClampedArray[] = [];
    for (let count = 0; count < 10; count++) {
      context.drawImage(video, 0, 0);
      // The lower half: eyes may blink.
      frames.push(context.getImageData(0, canvas.height / 2, canvas.width, canvas.height / 2).data);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    let most = 0;
    for (let at = 1; at < frames.length; at++) {
      let changed = 0;
      for (let pixel = 0; pixel < frames[at].length; pixel += 4)
        if (Math.abs(frames[at][pixel] - frames[at - 1][pixel]) > 40) changed += 1;
      most = Math.max(most, changed);
    }
    return { most, width: video.videoWidth };
  });

test("typed words are synthesised, streamed, and heard whole; the mouth moves with them", async ({ page }, info) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await join(page);
  const still = await movement(page);
  await page.getByRole("button", { name: "Speak as audio" }).click();
  await expect(page.locator("#caption")).not.toBeEmpty({ timeout: 20_000 });
  const moving = await movement(page);
  await page.screenshot({ path: info.outputPath("demo.png"), fullPage: true });
  await expect.poll(async () => (await heard(page))[0]?.outcome, { timeout: 30_000 }).toBe("spoken");
  const [turn] = await heard(page);
  console.log(
    `${turn.seconds.toFixed(2)} s heard with ${turn.gaps} gaps; pixels of the lower face that change in 100 ms: ${still.most} silent, ${moving.most} speaking`,
  );
  expect(turn.seconds).toBeGreaterThan(4);
  expect(moving.width).toBeGreaterThan(0);
  expect(moving.most).toBeGreaterThan(still.most + 100);
  expect(turnProblems(await sent(page), 4096)).toEqual([]);
  expect(await page.locator("#messages tr.out").count()).toBeGreaterThan(10);
  expect(errors).toEqual([]);
});

test("text goes out as a text echo, and the persona says it", async ({ page }) => {
  await join(page);
  await page.getByLabel("Words for the replica").fill("Good morning.");
  await page.getByRole("button", { name: "Send as text" }).click();
  await expect.poll(async () => (await heard(page))[0]?.outcome, { timeout: 30_000 }).toBe("spoken");
  const [turn] = await heard(page);
  expect(turn.text).toBe("Good morning.");
  expect(turn.seconds).toBeGreaterThan(0.4);
});

test("interrupt stops the replica and empties the queue", async ({ page }) => {
  await join(page);
  await page.getByRole("button", { name: "Speak as audio" }).click();
  await expect(page.locator("#caption")).not.toBeEmpty({ timeout: 20_000 });
  await page.getByRole("button", { name: "Interrupt" }).click();
  await expect.poll(async () => (await heard(page))[0]?.outcome, { timeout: 10_000 }).toBe("interrupted");
  await expect(page.locator("#caption")).toContainText("interrupted");
});

for (const kind of ["mouse and keys", "touch"] as const)
  test(`hold to talk with ${kind}: one turn each time, ended by the release`, async ({ browser }) => {
    const context = await browser.newContext({
      permissions: ["microphone"],
      ...(kind === "touch" && { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } }),
    });
    const page = await context.newPage();
    await join(page);
    const hold = page.getByRole("button", { name: "Hold to talk" });
    await expect(hold).toBeEnabled();
    await hold.scrollIntoViewIfNeeded();
    const box = await hold.boundingBox();
    if (!box) throw new Error("the button has no place");
    const x = box.x + box.width / 2;
    const y = box.y + box.height / 2;
    const touch = await context.newCDPSession(page);
    const ways: Record<string, [press: () => Promise<unknown>, release: () => Promise<unknown>]> = {
      "space bar": [() => page.keyboard.down(" "), () => page.keyboard.up(" ")],
      mouse: [
        async () => {
          await page.mouse.move(x, y);
          await page.mouse.down();
        },
        // Away from the button: the captured pointer's release still arrives.
        async () => {
          await page.mouse.move(x, 5);
          await page.mouse.up();
        },
      ],
      Enter: [
        async () => {
          await hold.focus();
          await page.keyboard.down("Enter");
        },
        () => page.keyboard.up("Enter"),
      ],
      touch: [
        () => touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] }),
        () => touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] }),
      ],
    };
    const outcomes: string[] = [];
    for (const way of kind === "touch" ? ["touch"] : ["space bar", "mouse", "Enter"]) {
      const before = (await sent(page)).length;
      const [press, release] = ways[way] ?? [];
      await press?.();
      await expect(hold, way).toHaveAttribute("aria-pressed", "true");
      await expect.poll(async () => (await sent(page)).length - before, { timeout: 20_000 }).toBeGreaterThan(8);
      await release?.();
      await expect(hold, way).toHaveAttribute("aria-pressed", "false");
      outcomes.push("spoken");
      await expect
        .poll(async () => (await heard(page)).map(({ outcome }) => outcome), { timeout: 20_000 })
        .toEqual(outcomes);
      expect(turnProblems((await sent(page)).slice(before), 4096), way).toEqual([]);
    }
    await context.close();
  });

test("losing the focus releases the button: it never sticks", async ({ page }) => {
  await join(page);
  const hold = page.getByRole("button", { name: "Hold to talk" });
  await expect(hold).toBeEnabled();
  await page.keyboard.down(" ");
  await expect(hold).toHaveAttribute("aria-pressed", "true");
  await page.evaluate(() => dispatchEvent(new Event("blur")));
  await expect(hold).toHaveAttribute("aria-pressed", "false");
});

test("the page fits a phone: nothing scrolls sideways, and what is pressed is large enough", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await page.goto(url);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  const heights = await page
    .locator("button")
    .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height));
  expect(overflow).toBeLessThanOrEqual(0);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  await context.close();
});
