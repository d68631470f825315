import { expect, test } from "@playwright/test";

test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({
      ...launchOptions,
      args: [
        ...(launchOptions.args ?? []).filter((argument) => !argument.startsWith("--autoplay-policy")),
        "--autoplay-policy=document-user-activation-required",
      ],
    }),
});

test("a suspended AudioContext changes neither the model's clock nor the face", async ({ page }) => {
  // Whatever Playwright evaluates in the page counts as a gesture: the page works alone, and reports by its console.
  const reported = page.waitForEvent("console", (message) => message.text().startsWith("{"));
  await page.goto("/no-gesture.html", { waitUntil: "commit" });
  const result = JSON.parse((await reported).text());
  expect(result.context).toBe("suspended");
  expect(result.turn).toMatchObject({ outcome: "spoken", seconds: 1, gaps: 0 });
  expect(result.pictures).toBeGreaterThan(5);
});
