import { expect, test } from "@playwright/test";
import { findChromium } from "../../scripts/chromium.mjs";

const executablePath = findChromium();

// A page without a gesture of the user, as a visitor's first sight of it. `page.evaluate` counts as a gesture, so the page's own script does it.
test.use({
  launchOptions: {
    ...(executablePath && { executablePath }),
    args: ["--autoplay-policy=document-user-activation-required"],
  },
});

test("a browser that refuses to play gives the warning playback-blocked, and what to do", async ({ page }) => {
  await page.addInitScript(() => {
    addEventListener("lib", async () => {
      const { dailyRoom } = window.lib;
      const { replica, of, until, sleep, close } = await dailyRoom();
      const video = document.createElement("video");
      document.body.append(video);
      replica.attach(video);
      await Promise.race([until(() => of("warning").length > 0), sleep(10)]);
      const [warning] = of("warning");
      await close();
      document.title = JSON.stringify(warning ?? { code: "none" });
    });
  });
  await page.goto("/");
  await expect(page).toHaveTitle(/code/);
  expect(JSON.parse(await page.title())).toMatchObject({
    code: "playback-blocked",
    remedy: expect.stringContaining("click"),
  });
});
