/** The real client, point by point, by the list that test/unit/fake-room/call.test.ts runs on the fake call object. */
import { expect, test } from "@playwright/test";
import { callBehaviours } from "../support/call-behaviour.js";

for (const [index, { name, expected }] of callBehaviours.entries())
  test(name, async ({ page }) => {
    await page.goto("/");
    await page.waitForFunction(() => window.lib);
    const result = await page.evaluate(async (index) => {
      const { Daily, callBehaviours, fakeRoom } = window.lib;
      const { options, run } = callBehaviours[index]!;
      const room = await fakeRoom.createFakeRoom(options);
      const make = () =>
        Daily.createCallObject({
          audioSource: false,
          videoSource: false,
          allowMultipleCallInstances: true,
          dailyConfig: room.dailyConfig,
        });
      const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
      const found = await run({ room, make, settle } as Parameters<typeof run>[0]);
      room.close();
      return found;
    }, index);
    expect(result).toEqual(expected);
  });
