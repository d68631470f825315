// Builds dist/: what the package ships. The order matters: later steps carry files of earlier ones.
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { run } from "./run.mjs";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist", { recursive: true });
copyFileSync("build/encoder.wasm", "dist/encoder.wasm");
for (const [mode, entry] of Object.entries({
  worklet: "worklet/processor.ts",
  machine: "src/fake-room/machine.ts",
  page: "src/fake-room/page.ts",
  library: "src/index.ts",
  inline: "worklet/processor.ts",
}))
  if (existsSync(entry)) await run("vite", ["build", "--mode", mode, "--logLevel", "warn"]);
await run("tsc", [
  "-p",
  "src",
  "--noEmit",
  "false",
  "--declaration",
  "--emitDeclarationOnly",
  "--outDir",
  "dist/types",
]);
