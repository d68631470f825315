import type { Page } from "@playwright/test";

/** Opens the harness, with other headers or with something else in its head where they are given. */
export async function openHarness(page: Page, headers: Record<string, string> = {}, head = ""): Promise<void> {
  if (head || Object.keys(headers).length > 0)
    await page.route("/", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/<head>/, `<head>${head}`);
      await route.fulfill({ response, body, headers: { ...response.headers(), ...headers } });
    });
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
}
