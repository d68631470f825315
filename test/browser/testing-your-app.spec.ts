import { expect, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";

test("the replica says hello, every sample of it", async ({ page }) => {
  const room = await fakeRoom(page);
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Say hello" }).click();

  const [hello] = await room.turns();
  expect(hello).toMatchObject({ outcome: "spoken", seconds: 0.5, receivedFrames: 12_000 });
  await expect(page.getByText("Listening")).toBeVisible();
});

test("the app says so when the call ends", async ({ page }) => {
  const room = await fakeRoom(page, { replica: "late" });
  await page.goto("/app.html");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByText("Connected")).toBeVisible();

  await room.set({ expired: true });
  await expect(page.getByText("Meeting has ended")).toBeVisible();
});
