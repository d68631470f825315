/** The table of docs/protocol.md: its counts are those of its rows, and what it names exists. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const table = text.slice(text.indexOf("## Every fact"));
const rows = [...table.matchAll(/^\| (.+) \| (.+) \| (certain|likely|unknown) \| `(\S+)` \| `(\S+)` \|$/gm)].map(
  ([, fact = "", source = "", sure = "", where = "", by = ""]) => ({ fact, source, sure, where, by }),
);

test("the counts at its head are those of its rows", () => {
  const of = (sure: string): number => rows.filter((row) => row.sure === sure).length;
  expect(table).toContain(
    `**${rows.length} facts: ${of("certain")} certain, ${of("likely")} likely, ${of("unknown")} unknown.**`,
  );
  expect(rows.length).toBeGreaterThan(80);
  // No row is passed over for its shape.
  expect(table.match(/^\| (?!fact|---)/gm)).toHaveLength(rows.length);
});

test("every file and test that it names exists; what is unknown has no source, all else has one", () => {
  const root = new URL("../../", import.meta.url);
  const missing = rows.flatMap(({ where, by }) => [where, by]).filter((file) => !existsSync(new URL(file, root)));
  expect([...new Set(missing)]).toEqual([]);
  for (const { fact, source, sure } of rows) if (sure !== "unknown") expect(source, fact).not.toBe("–");
});
