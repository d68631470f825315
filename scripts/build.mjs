// Builds dist/: what the package ships. The order matters: later steps carry files of earlier ones.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { run, tsc } from "./run.mjs";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist", { recursive: true });
copyFileSync("build/encoder.wasm", "dist/encoder.wasm");
for (const mode of ["worklet", "machine", "page", "library", "inline", "cli", "conformance"])
  await run("vite", ["build", "--mode", mode, "--logLevel", "warn"]);
await run("node", [
  tsc,
  "-p",
  "src",
  "--noEmit",
  "false",
  "--declaration",
  "--emitDeclarationOnly",
  "--outDir",
  "dist/types",
]);
