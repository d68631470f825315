import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";
import { turnProblems } from "../support/echo-turn.js";

/** What is used of axe-core, which the page gets as a script. */
interface Axe {
  run(): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }>;
}

type Backstage = {
  demo: {
    room: {
      turns(): Promise<{ seconds: number; gaps: number; outcome: string; text?: string }[]>;
      messages: { data: unknown }[];
      set(faults: object): void;
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
  await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
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
    .locator("button:visible")
    .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height));
  expect(overflow).toBeLessThanOrEqual(0);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  await context.close();
});

const status = (page: Page) => page.locator("#status");
const notices = (page: Page) => page.locator("#notices li");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
const set = (page: Page, faults: object) =>
  page.evaluate((faults) => (globalThis as unknown as Backstage).demo.room.set(faults), faults);

/** Joins again on the page as it is, and has the replica say something to its end. */
async function joinAgain(page: Page): Promise<void> {
  await button(page, "Join").click();
  await expect(status(page)).toHaveText("Ready, in the fake room", { timeout: 20_000 });
  await page.getByLabel("Words for the replica").fill("Again.");
  await button(page, "Send as text").click();
  await expect.poll(async () => (await heard(page))[0]?.outcome, { timeout: 20_000 }).toBe("spoken");
}

test("a call that was left, or that ended by itself, can be joined again; what went wrong stays until it is read", async ({
  page,
}) => {
  await join(page);
  await button(page, "Leave").click();
  await expect(status(page)).toHaveText("Call ended");
  await expect(notices(page)).toHaveCount(0);
  await joinAgain(page);

  await set(page, { ejected: true });
  await expect(status(page)).toHaveText("Call ended");
  await expect(notices(page)).toHaveText(/The call ended: You have been ejected from this meeting\. ?Dismiss/);
  expect(await focused(page)).toBe("enter");
  await joinAgain(page);
  await expect(notices(page)).toHaveCount(1);

  await notices(page).getByRole("button").click();
  await expect(notices(page)).toHaveCount(0);
  expect(await focused(page)).toBe("hold");
});

test("a call that cannot be joined says why, and can be tried again; the states are said in words", async ({
  page,
}) => {
  const room = await fakeRoom(page, { replica: "late", lateSeconds: 2, faults: { joinError: "exp-room" } });
  await page.goto(url);
  await page.getByLabel("A real conversation_url (optional)").fill("https://tavus.daily.co/c0123456789abcdef");
  await button(page, "Join").click();
  await expect(status(page)).toHaveText("Not in a room: joining failed", { timeout: 20_000 });
  await expect(notices(page)).toHaveCount(1);
  expect(await focused(page)).toBe("enter");

  await room.set({ joinError: "none" });
  await button(page, "Join").click();
  await expect(status(page)).toHaveText("Waiting for the replica in a real conversation");
  await expect(button(page, "Speak as audio")).toBeDisabled();
  await expect(status(page)).toHaveText("Ready, in a real conversation", { timeout: 10_000 });
  expect(await focused(page)).toBe("hold");
  await room.set({ signalling: "drop" });
  await expect(status(page)).toHaveText("The network is gone, reconnecting");
  await expect(button(page, "Speak as audio")).toBeDisabled();
  await room.set({ signalling: "up" });
  await expect(status(page)).toHaveText("Ready, in a real conversation");
});

test("a microphone that was denied can be asked for again", async ({ page }) => {
  // A headless Chromium has no prompt, and its flag denies for good: the first two refusals are its error, by hand.
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    let refusals = 2;
    devices.getUserMedia = (constraints) =>
      refusals-- > 0 ? Promise.reject(new DOMException("Permission denied", "NotAllowedError")) : ask(constraints);
  });
  await join(page);
  await expect(notices(page)).toHaveText(/The microphone was not allowed: Permission denied\. Allow the microphone/);
  await expect(page.getByRole("button", { name: "Hold to talk" })).toBeDisabled();
  await button(page, "Ask for the microphone again").click();
  await expect(notices(page)).toHaveText(/\(2 times\)/);
  await button(page, "Ask for the microphone again").click();
  await expect(page.getByRole("button", { name: "Hold to talk" })).toBeEnabled();
  await expect(button(page, "Ask for the microphone again")).toBeHidden();
  expect(await focused(page)).toBe("hold");
});

test("a button is off while it would do nothing, and the focus is never lost", async ({ page }) => {
  const names = ["Leave", "Speak as audio", "Send as text", "Interrupt"];
  const on = async (): Promise<string[]> => {
    const states = await Promise.all(names.map((name) => button(page, name).isEnabled()));
    return names.filter((_, index) => states[index]);
  };
  await page.goto(url);
  await button(page, "Join").focus();
  expect(await on()).toEqual([]);
  await page.keyboard.press("Enter");
  await expect.poll(on, { timeout: 30_000 }).toEqual(["Leave", "Speak as audio", "Send as text"]);
  await expect.poll(() => focused(page)).toBe("hold");

  await page.getByLabel("Words for the replica").fill(" ");
  expect(await on()).toEqual(["Leave"]);
  await page.getByLabel("Words for the replica").fill("One two three four five six seven.");
  await button(page, "Speak as audio").click();
  expect(await on()).toEqual(names);
  await expect(page.locator("#caption")).not.toBeEmpty({ timeout: 20_000 });
  await button(page, "Interrupt").click();
  await expect.poll(on).toEqual(["Leave", "Speak as audio", "Send as text"]);
  expect(await focused(page)).toBe("hold");
});

test("axe finds nothing serious before, while speaking, after an interrupt, and after a failure", async ({ page }) => {
  const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
  const findings: Record<string, string[]> = {};
  const look = async (when: string): Promise<void> => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      findings[`${when}, ${colorScheme}`] = await page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
        return violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target }) => `${impact} ${id} ${target}`));
      });
    }
  };
  await page.goto(url);
  await page.evaluate(axe);
  await look("before");
  await button(page, "Join").click();
  await expect(button(page, "Speak as audio")).toBeEnabled({ timeout: 30_000 });
  await button(page, "Speak as audio").click();
  await expect(page.locator("#caption")).not.toBeEmpty({ timeout: 20_000 });
  await look("speaking");
  await button(page, "Interrupt").click();
  await expect(page.locator("#caption")).toContainText("interrupted");
  await look("interrupted");
  await set(page, { ejected: true });
  await expect(notices(page)).toHaveCount(1);
  await look("ended");
  console.log(`axe: ${JSON.stringify(findings)}`);
  expect(Object.keys(findings)).toHaveLength(8);
  const grave = Object.entries(findings).filter(([, found]) => found.some((line) => /^(serious|critical)/.test(line)));
  expect(grave).toEqual([]);
});

test("the page names what a built demo carries, and under which licence", async ({ page }) => {
  await page.goto(url);
  const target = await page.getByRole("link", { name: "what that means for a built demo" }).getAttribute("href");
  const notice = await page.request.get(new URL(target ?? "", page.url()).href);
  expect(await notice.text()).toContain("GPL-3.0");
});
