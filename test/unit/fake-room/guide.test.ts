/** The examples of the guide are the text of running tests. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const guide = readFileSync("docs/testing-your-app.md", "utf8");
const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

for (const file of [
  "test/browser/testing-your-app.spec.ts",
  "test/unit/fake-room/testing-your-app.test.ts",
  "test/unit/fake-room/testing-a-call.test.ts",
])
  test(`docs/testing-your-app.md shows ${file} as it is`, () => {
    expect(blocks).toContain(readFileSync(file, "utf8"));
  });
