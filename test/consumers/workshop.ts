import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.js";
import { serve } from "../support/static-server.js";
import type { Consumer } from "./consumer.js";

const exec = promisify(execFile);
const sources = "test/consumers";

/** Packs dist/ as `npm publish` would, into `folder`. Gives the tarball's absolute path. */
export async function pack(folder: string): Promise<string> {
  if (!existsSync("dist/index.js")) throw new Error("dist/ is missing: run `npm run build` first.");
  mkdirSync(folder, { recursive: true });
  const { stdout } = await exec("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return resolve(folder, filename);
}

/** The tool of a consumer could not be installed: no fault of the package, and said out loud by whoever catches it. */
export class NotInstallable extends Error {}

/**
 * Makes `home`: the consumer's files, its tools (unless they are there from before), and the tarball installed as a user
 * would. With `borrow` the tools are those of the project's own node_modules, which resolution finds further up.
 */
export async function install(consumer: Consumer, tarball: string, home: string, borrow: boolean): Promise<void> {
  mkdirSync(home, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(sources, consumer.name, "package.json"), "utf8"));
  if (borrow) delete manifest.dependencies;
  const wanted = JSON.stringify(manifest, null, 2);
  const stamp = join(home, "tools.stamp");
  const fresh = !existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted;
  if (fresh) rmSync(join(home, "node_modules"), { recursive: true, force: true });
  for (const folder of ["app", consumer.name]) cpSync(join(sources, folder), home, { recursive: true, force: true });
  writeFileSync(join(home, "package.json"), wanted);
  const npm = (...args: string[]) =>
    exec("npm", ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline", ...args], {
      cwd: home,
    });
  if (fresh && !borrow)
    await npm().catch((error: { stderr?: string }) => {
      throw new NotInstallable(`npm cannot install ${consumer.title}: ${error.stderr?.trim().split("\n")[0]}`);
    });
  writeFileSync(stamp, wanted);
  const sum = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  const installed = join(home, "tarball.stamp");
  if (existsSync(installed) && readFileSync(installed, "utf8") === sum) return;
  await npm(tarball);
  writeFileSync(installed, sum);
}

/** Runs the consumer's own build. Rejects with everything the tool printed. */
export async function build(consumer: Consumer, home: string): Promise<void> {
  const out = join(home, "folder" in consumer.serves ? consumer.serves.folder : "public");
  if (consumer.builds) for (const old of ["out", ".next"]) rmSync(join(home, old), { recursive: true, force: true });
  // Before the build: Next serves the public files that it found when it built.
  copyByHand(home, out);
  if (!consumer.builds) return;
  await exec("npm", ["run", "build"], { cwd: home, env: environment() }).catch(
    (error: { stdout?: string; stderr?: string }) => {
      throw new Error(`${consumer.title} does not build:\n${error.stdout}\n${error.stderr}`);
    },
  );
  if ("start" in consumer.serves) return;
  copyByHand(home, out);
  for (const page of ["file.html", "inline.html"])
    if (!existsSync(join(out, page))) copyFileSync(join(home, page), join(out, page));
  // The same bundle once more, with the files beside it.
  if (!consumer.copiesFiles)
    for (const name of readdirSync(out).filter((name) => /\.(js|html)$/.test(name)))
      copyFileSync(join(out, name), join(out, "copied", name));
}

/** Copies by hand what a page can name by URL: as a user whose bundler copies no files does. */
function copyByHand(home: string, out: string): void {
  mkdirSync(join(out, "copied"), { recursive: true });
  for (const file of ["worklet.js", "encoder.wasm", "fake-room-machine.js"])
    copyFileSync(join(home, "node_modules/tavus-echo/dist", file), join(out, "copied", file));
}

/** A running site of a consumer. */
export interface Site {
  url: string;
  close(): Promise<void>;
}

/** Serves what was built, with `scriptSrc` as the policy's script-src: by header, as a real host does. */
export async function open(consumer: Consumer, home: string, scriptSrc?: string): Promise<Site> {
  if ("start" in consumer.serves)
    return spawnServer(consumer.serves.start, home, scriptSrc ? { SCRIPT_SRC: scriptSrc } : {});
  return serve(
    join(home, consumer.serves.folder),
    scriptSrc ? { "content-security-policy": `script-src ${scriptSrc}` } : {},
  );
}

/** Starts a tool's own server on a free port and waits until it answers. */
export async function spawnServer(command: string[], home: string, env: Record<string, string> = {}): Promise<Site> {
  const port = await freePort();
  const [name, ...args] = command.map((word) => word.replace("$PORT", String(port)));
  const child = spawn(name, args, { cwd: home, env: { ...environment(home), ...env }, detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += String(data);
    });
  const gone = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${output}`)));
  });
  gone.catch(() => undefined);
  const url = `http://localhost:${port}`;
  const answers = async (): Promise<void> => {
    for (;;) {
      if (await fetch(url).catch(() => undefined)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await Promise.race([answers(), gone]);
  return {
    url,
    close: async () => {
      // The whole group: the tools start processes of their own.
      if (child.pid && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
      await gone.catch(() => undefined);
    },
  };
}

function environment(home?: string): NodeJS.ProcessEnv {
  const bins = [...(home ? [resolve(home, "node_modules/.bin")] : []), resolve("node_modules/.bin")];
  const { NODE_ENV: _, ...rest } = process.env;
  return {
    ...rest,
    PATH: [...bins, process.env.PATH].join(delimiter),
    NEXT_TELEMETRY_DISABLED: "1",
  } as unknown as NodeJS.ProcessEnv;
}
