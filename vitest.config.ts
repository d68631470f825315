import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const machine = path("dist/fake-room-machine.js");

export default defineConfig({
  resolve: {
    // Unbuilt, the source has no files beside it.
    alias: [
      { find: /^\.{1,2}\/assets\.js$/, replacement: path("test/support/assets.ts") },
      // The package's name means its source, as for the compiler.
      { find: /^tavus-echo$/, replacement: path("src/index.ts") },
      { find: /^tavus-echo\/fake-room$/, replacement: path("src/fake-room/index.ts") },
      { find: /^tavus-echo\/fake-room\/rest$/, replacement: path("src/fake-room/rest.ts") },
      { find: /^tavus-echo\/server$/, replacement: path("src/server/index.ts") },
    ],
  },
  plugins: [
    {
      // Unit tests run without a build; the call machine works in a page only.
      name: "call-machine",
      resolveId: (id) => (id === "virtual:call-machine" ? `\0${id}` : undefined),
      load(id) {
        if (id !== "\0virtual:call-machine") return undefined;
        const text = existsSync(machine)
          ? readFileSync(machine, "utf8")
          : 'throw new Error("Run `npm run build` first.");';
        return `export default ${JSON.stringify(text)};`;
      },
    },
  ],
  test: {
    // By default one of two cores would stay idle, and a process per file costs more than the tests in it.
    pool: "threads",
    maxWorkers: "100%",
    // A file finds the modules that others have loaded, and the code that the engine has optimized: a third faster. So
    // nothing may be mocked, and a global that is stubbed is put back.
    isolate: false,
    include: ["test/unit/**/*.test.ts", "test/walks/**/*.test.ts", "test/wasm/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
