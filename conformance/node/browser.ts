import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const names = [
  ...["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chromium-headless-shell"],
  ...["microsoft-edge", "microsoft-edge-stable", "brave-browser"],
];
const places: Readonly<Record<string, readonly string[]>> = {
  darwin: ["Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser"].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  ),
  win32: ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"].flatMap((name) =>
    ["C:\\Program Files", "C:\\Program Files (x86)"].map((folder) => `${folder}\\${name}`),
  ),
};

/** The program of an installed browser that is made of Chromium; undefined where none is found. */
export function findBrowser(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
  isProgram: (file: string) => boolean = canRun,
): string | undefined {
  const named = [env.CHROME_PATH, env.CHROMIUM_PATH].filter((file) => file !== undefined && file !== "") as string[];
  const inPath = (env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...named, ...(places[platform] ?? []), ...(platform === "win32" ? [] : inPath)].find(isProgram);
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not here, or not for us: the next place.
    return false;
  }
}

/** A browser without a window, on one page, in a profile of its own. */
export interface Browser {
  /** Rejects when it cannot be started, or has ended by itself. */
  readonly ended: Promise<never>;
  close(): Promise<void>;
}

/** Starts it. */
export async function startBrowser(program: string, url: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "tavus-echo-"));
  const isRoot = process.getuid?.() === 0;
  const flags = [
    ...["--headless=new", "--no-first-run", "--no-default-browser-check", "--mute-audio", `--user-data-dir=${profile}`],
    // A page without a window must not be slowed down.
    ...["--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling"],
    ...["--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"],
    // Chromium's sandbox does not work for root, who is the usual user in a container.
    ...(isRoot ? ["--no-sandbox"] : []),
  ];
  const child: ChildProcess = spawn(program, [...flags, url], { stdio: "ignore" });
  let closing = false;
  const ended = new Promise<never>((_, reject) => {
    child.once("error", (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    child.once("exit", (code) => {
      if (!closing) reject(new Error(`${program} has ended by itself, with code ${code}.`));
    });
  });
  ended.catch(() => undefined);
  return {
    ended,
    async close() {
      closing = true;
      const gone = new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.pid === undefined) resolve();
        else child.once("exit", () => resolve());
      });
      child.kill();
      const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
      await gone;
      clearTimeout(timer);
      // Its last processes may still write: a folder that cannot be removed is the system's to clean.
      await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
    },
  };
}
