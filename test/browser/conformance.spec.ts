/** The conformance suite passes where it should, and fails on exactly what is wrong: it can fail. */
import { expect, test } from "@playwright/test";

const expected = {
  none: [],
  wrongRate: ["sample_rate is assumed to be 16000 when it is missing"],
  repeats: ["a message that comes again after done is not heard again"],
  cutsLast: ["the last chunk, with done: true, is heard in full"],
  reusesIds: ["an id that was interrupted is not taken again"],
};

test("the fake, an independent replica, and that replica with one mistake at a time", async ({ page }) => {
  await page.goto("/conformance.html");
  await page.waitForFunction(() => window.conform);
  const failed = await page.evaluate(async (mistakes) => {
    const targets = [
      { name: "fake", target: { kind: "fake" as const } },
      ...mistakes.map((name) => ({
        name,
        target: { kind: "other" as const, mistakes: name === "none" ? {} : { [name]: true } },
      })),
    ];
    const results = await Promise.all(
      targets.map(async ({ name, target }) => ({ name, lines: await window.conform(target, ["certain"]) })),
    );
    return results.map(({ name, lines }) => ({
      name,
      points: lines.length,
      failed: lines.filter(({ holds }) => holds !== true).map(({ name, observed }) => ({ name, observed })),
    }));
  }, Object.keys(expected));
  for (const { name, points, failed: found } of failed)
    console.log(
      `${name}: ${points - found.length} of ${points} hold${found.map(({ observed }) => `; ${observed}`).join("")}`,
    );
  expect(Object.fromEntries(failed.map(({ name, failed }) => [name, failed.map((point) => point.name)]))).toEqual({
    fake: [],
    ...expected,
  });
});

test("all mistakes at once fail on exactly those points", async ({ page }) => {
  await page.goto("/conformance.html");
  await page.waitForFunction(() => window.conform);
  const lines = await page.evaluate(() =>
    window.conform({ kind: "other", mistakes: { wrongRate: true, repeats: true, cutsLast: true, reusesIds: true } }, [
      "certain",
    ]),
  );
  const failed = lines.filter(({ holds }) => holds !== true).map(({ name }) => name);
  expect(failed.sort()).toEqual(Object.values(expected).flat().sort());
});
