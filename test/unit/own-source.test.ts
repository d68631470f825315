import { readFileSync } from "node:fs";
import ts from "typescript-6";
import { expect, test } from "vitest";
import { createFakeRoom } from "../../src/fake-room/index.js";
import { Replica } from "../../src/replica.js";
import type { Source } from "../../src/source/source.js";

test("the guide's source of one's own is spoken as it is written there", async () => {
  const guide = readFileSync(new URL("../../docs/sources.md", import.meta.url), "utf8");
  const [, code] = /## Your own\s+```ts\n([^`]+)```/.exec(guide) ?? [];
  expect(code).toContain("const beep: Source");
  const { outputText } = ts.transpileModule(code!, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  const beep = new Function(`${outputText} return beep;`)() as Source;
  const room = await createFakeRoom({ speed: 20 });
  const replica = new Replica({ transport: room.transport() });
  try {
    expect((await replica.speak(beep).outcome).type).toBe("spoken");
    const [heard] = await room.turns();
    expect([...heard!.pcm]).toEqual(
      Array.from({ length: 24_000 }, (_, n) => Math.trunc(8000 * Math.sin((2 * Math.PI * 440 * n) / 24_000)) + 0),
    );
  } finally {
    await replica.close();
    room.close();
  }
});
