import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { tsc } from "../../scripts/run.mjs";

const exec = promisify(execFile);
const folder = ".cache/examples";

/** What the examples take from the app around them; an example's own names shadow these. */
const app = `import type DailyIframe from "@daily-co/daily-js";
import type * as echo from "tavus-echo";
declare global {
  const Daily: typeof DailyIframe;
  const conversationUrl: string;
  const transport: echo.Transport;
  const replica: echo.Replica;
  const mic: echo.Microphone;
  const turn: echo.Turn;
  let talk: echo.Turn;
  const track: MediaStreamTrack;
  const video: HTMLVideoElement;
  const socket: WebSocket;
  const start: HTMLButtonElement;
  const hold: HTMLButtonElement;
  const button: HTMLButtonElement;
  const cough: HTMLButtonElement;
  const sentences: AsyncIterable<string>;
  function showCaption(text: string): void;
  function log(...words: string[]): void;
}
`;

/** For examples that do not say what they import: every name of the main entry. */
function everything(): string {
  const entry = readFileSync("dist/types/src/index.d.ts", "utf8");
  const names = [...entry.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = ""]) => list.split(","));
  return `import { ${names.join(", ")} } from "tavus-echo";\n`;
}

test("every TypeScript example of the README and the docs compiles against the package's types", async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/app.d.ts`, app);
  const imports = everything();
  let count = 0;
  for (const doc of ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)]) {
    if (!doc.endsWith(".md")) continue;
    for (const [, code = ""] of readFileSync(doc, "utf8").matchAll(/```ts\n([\s\S]*?)```/g)) {
      const name = `${doc.replace(/\W+/g, "-")}-${++count}.ts`;
      writeFileSync(`${folder}/${name}`, `${code.includes("import ") ? "" : imports}${code}\nexport {};\n`);
    }
  }
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: "../../tsconfig.base.json",
      compilerOptions: {
        // The package by its own name, as its `exports` give it to users.
        paths: {},
        types: ["node"],
        lib: ["ES2023", "DOM", "DOM.Iterable"],
        noUnusedLocals: false,
        verbatimModuleSyntax: false,
        isolatedModules: false,
      },
      include: ["*.ts"],
    }),
  );
  const { stdout } = await exec(process.execPath, [tsc, "-p", folder]).catch((error: { stdout: string }) => error);
  console.log(`examples compiled: ${count}`);
  expect(count).toBeGreaterThan(10);
  expect(stdout).toBe("");
});
