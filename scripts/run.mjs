// Runs commands for the other scripts. Node's built-ins alone.
import { spawn } from "node:child_process";
import { delimiter, resolve } from "node:path";

const env = { ...process.env, PATH: resolve("node_modules/.bin") + delimiter + process.env.PATH };

/** The compiler, for `node`: by its path, because typescript-6, whose API scripts read source with, brings a command of the same name. */
export const tsc = resolve("node_modules/typescript/bin/tsc");

/** Runs `command` with its output on ours; rejects when it ends with anything but 0. */
export function run(command, args, extra = {}) {
  return new Promise((done, fail) => {
    spawn(command, args, { stdio: "inherit", env: { ...env, ...extra }, shell: process.platform === "win32" })
      .once("error", fail)
      .once("exit", (code, signal) =>
        code === 0 ? done() : fail(new Error(`${command} ${args.join(" ")}: ${signal ?? `exit ${code}`}`)),
      );
  });
}

/** Runs `command` and keeps its output: `{ ok, output, seconds }`. For commands that run side by side. */
export function capture(command, args) {
  const start = Date.now();
  return new Promise((done) => {
    const chunks = [];
    const child = spawn(command, args, { env: { ...env, FORCE_COLOR: "1" }, shell: process.platform === "win32" });
    const end = (ok) => done({ ok, output: chunks.join(""), seconds: (Date.now() - start) / 1000 });
    child.stdout.on("data", (data) => chunks.push(String(data)));
    child.stderr.on("data", (data) => chunks.push(String(data)));
    child.once("error", (error) => {
      chunks.push(error.message);
      end(false);
    });
    child.once("close", (code) => end(code === 0));
  });
}
