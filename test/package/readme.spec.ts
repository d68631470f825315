import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, type Page, test } from "@playwright/test";
import { fakeRoom } from "tavus-echo/fake-room/playwright";
import { pack, type Site, spawnServer } from "../consumers/workshop.js";
import { serve } from "../support/static-server.js";

const exec = promisify(execFile);

// What a new user does, from the README of the packed package: its commands are run and its code is written down as they
// stand in its section "The first ten minutes", in an empty folder outside the project.
test.describe.configure({ mode: "default", timeout: 30_000 });

/** A fenced block: its language, its text, and the file that the line above it names. */
interface Block {
  language: string;
  text: string;
  file: string | undefined;
}

/** The fenced blocks of one section of a text. */
function blocks(text: string, heading: string): Block[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/(?:^`([\w.]+)`\n\n)?^```(\w+)\n(.*?)^```$/gms)].map(
    ([, file, language = "", text = ""]) => ({ language, text, file }),
  );
}

/** What the README tells a new user: files, commands, the import map, and the line for a real call. */
function recipe(readme: string) {
  const install = /^```sh\n(npm install .*)\n```$/m.exec(readme)?.[1] ?? "";
  const found = blocks(readme, "The first ten minutes");
  const files = found.flatMap(({ file, text }) => (file ? [{ file, text }] : []));
  const unnamed = found.filter(({ file }) => !file);
  const [importMap = ""] = unnamed.filter(({ language }) => language === "html").map(({ text }) => text);
  const [realCall = ""] = unnamed.filter(({ language }) => language === "js").map(({ text }) => text.trim());
  const commands = (unnamed.find(({ language }) => language === "sh")?.text ?? "").trim().split("\n");
  return { commands: [install, ...commands], files, importMap, realCall };
}

/** Lines that are not empty. */
const lines = (...texts: string[]): number =>
  texts
    .join("\n")
    .split("\n")
    .filter((line) => line.trim()).length;

let tarball = "";
let home = "";
const sites: Site[] = [];
/** The packed README: what npm and node_modules show. */
let readme = "";

/**
 * `npm install …` of the README: the package from its tarball by npm; everything else from the project's own node_modules, so
 * that no registry is needed. daily-js is copied, as npm would put it there; tools are linked, with their commands.
 */
async function npmInstall(words: string[]): Promise<void> {
  for (const name of words.filter((word) => !word.startsWith("-"))) {
    const target = join(home, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    if (name === "tavus-echo") {
      const quiet = ["--no-audit", "--no-fund", "--offline", "--no-save", "--no-package-lock"];
      await exec("npm", ["install", ...quiet, tarball], { cwd: home });
    } else if (words.includes("--save-dev")) {
      symlinkSync(resolve("node_modules", name), target);
      mkdirSync(join(home, "node_modules/.bin"), { recursive: true });
      symlinkSync(realpathSync(join("node_modules/.bin", name)), join(home, "node_modules/.bin", name));
    } else cpSync(join("node_modules", name), target, { recursive: true });
  }
}

/** Runs a command of the README; one that serves gives the site. */
async function run(command: string): Promise<Site | undefined> {
  const [program, ...words] = command.split(/\s+/);
  if (program === "npm" && words[0] === "install") await npmInstall(words.slice(1));
  else if (program === "npx") return spawnServer(["npx", ...words, "--port", "$PORT", "--strictPort"], home);
  else throw new Error(`The README has a command that this test does not know: ${command}`);
  return undefined;
}

function write(files: { file: string; text: string }[]): void {
  for (const { file, text } of files) writeFileSync(join(home, file), text);
}

/** The page without a bundler: the import map before the script. */
function plain({ files, importMap }: ReturnType<typeof recipe>): void {
  write(files.map(({ file, text }) => ({ file, text: text.replace("<script", `${importMap}<script`) })));
}

/** Clicks as the README says, and measures what the face shows and sounds like: until it talks, `seconds` at most. */
async function talk(page: Page, url: string, seconds = 15) {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
  await page.getByRole("button", { name: "Join" }).click();
  await expect.poll(() => page.evaluate(() => document.querySelector("video")!.videoWidth)).toBeGreaterThan(0);
  const silent = await observe(page, 0.3, Number.POSITIVE_INFINITY);
  await page.getByRole("button", { name: "Talk" }).click();
  const talking = await observe(page, seconds, silent.pixels + 100);
  return { silent, talking, errors };
}

/**
 * The loudest 20 ms of the replica's track (RMS, 0 to 1), and most pixels of its lower face that change between pictures. Ends
 * early once there was sound and more than `enough` pixels have changed.
 */
const observe = (page: Page, seconds: number, enough: number) =>
  page.evaluate(
    async ([seconds, enough]) => {
      const video = document.querySelector("video")!;
      const stream = video.srcObject as MediaStream;
      const audio = new AudioContext();
      const analyser = new AnalyserNode(audio, { fftSize: 1024 });
      audio.createMediaStreamSource(new MediaStream(stream.getAudioTracks())).connect(analyser);
      const window = new Float32Array(analyser.fftSize);
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      const end = performance.now() + seconds * 1000;
      let before: Uint8ClampedArray | undefined;
      const most = { level: 0, pixels: 0 };
      while (performance.now() < end && !(most.level > 0.01 && most.pixels > enough)) {
        analyser.getFloatTimeDomainData(window);
        most.level = Math.max(
          most.level,
          Math.sqrt(window.reduce((sum, value) => sum + value * value, 0) / window.length),
        );
        context.drawImage(video, 0, 0);
        const picture = context.getImageData(0, canvas.height / 2, canvas.width, canvas.height / 2).data;
        let changed = 0;
        if (before)
          for (let at = 0; at < picture.length; at += 4) if (Math.abs(picture[at] - before[at]) > 40) changed++;
        most.pixels = Math.max(most.pixels, changed);
        before = picture;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await audio.close();
      return most;
    },
    [seconds, enough] as const,
  );

test.beforeAll(async () => {
  tarball = await pack(".cache/packed/readme");
  home = mkdtempSync(join(tmpdir(), "tavus-echo-readme-"));
  await npmInstall(["tavus-echo"]);
  readme = readFileSync(join(home, "node_modules/tavus-echo/README.md"), "utf8");
  rmSync(join(home, "node_modules"), { recursive: true });
  const { commands } = recipe(readme);
  expect(commands[0]).toContain("tavus-echo");
  for (const command of commands.slice(0, -1)) expect(await run(command)).toBeUndefined();
});
test.afterAll(async () => {
  for (const site of sites.splice(0)) await site.close();
  rmSync(home, { recursive: true, force: true });
});

test("Vite: the README's commands and files give a face that talks", async ({ page }) => {
  const { commands, files } = recipe(readme);
  expect(files.map(({ file }) => file)).toEqual(["index.html", "main.js"]);
  write(files);
  const site = await run(commands.at(-1) ?? "");
  if (!site) throw new Error("The README's last command serves nothing.");
  sites.push(site);
  const { silent, talking, errors } = await talk(page, `${site.url}/index.html`);
  const own = lines(...files.map(({ text }) => text));
  console.log(`Vite: ${own} lines of one's own; ${JSON.stringify({ silent, talking })}`);
  expect(errors).toEqual([]);
  expect(own).toBeLessThanOrEqual(15);
  expect(silent.level).toBeLessThan(0.001);
  expect(talking.level).toBeGreaterThan(0.01);
  expect(talking.pixels).toBeGreaterThan(silent.pixels + 100);
});

test("plain HTML: the same files and the README's import map give a face that talks", async ({ page }) => {
  const steps = recipe(readme);
  plain(steps);
  const site = await serve(home);
  sites.push(site);
  const { silent, talking, errors } = await talk(page, `${site.url}/index.html`);
  const own = lines(...steps.files.map(({ text }) => text), steps.importMap);
  console.log(`plain HTML: ${own} lines of one's own; ${JSON.stringify({ silent, talking })}`);
  expect(errors).toEqual([]);
  expect(own).toBeLessThanOrEqual(15);
  expect(silent.level).toBeLessThan(0.001);
  expect(talking.level).toBeGreaterThan(0.01);
  expect(talking.pixels).toBeGreaterThan(silent.pixels + 100);
});

test("with the README's line for a real call the page joins that URL, and the replica there hears it", async ({
  page,
}) => {
  const { realCall, ...steps } = recipe(readme);
  const swapped = realCall.replace("conversationUrl", JSON.stringify("https://tavus.daily.co/c0123456789abcdef"));
  expect(swapped).not.toBe(realCall);
  let replaced = 0;
  const files = steps.files.map(({ file, text }) => ({
    file,
    text: text.replace(/^const room = .*$/m, () => {
      replaced++;
      return swapped;
    }),
  }));
  expect(replaced).toBe(1);
  plain({ ...steps, realCall, files });
  const site = await serve(home);
  sites.push(site);
  // Daily's own script is answered by a room that takes any URL; its network is not there in a test.
  const room = await fakeRoom(page);
  const { errors } = await talk(page, `${site.url}/index.html`);
  expect(errors).toEqual([]);
  await expect.poll(async () => (await room.messages()).length).toBeGreaterThan(20);
  const sent = (await room.messages()).filter(({ data }) => JSON.stringify(data).includes("conversation.echo"));
  expect(sent.length).toBeGreaterThan(10);
  expect(JSON.stringify(sent[0]?.data)).toContain("c0123456789abcdef");
});

test("a changed block of the README changes the run", async ({ page }) => {
  const changed = readme.replace("replica.speak(microphone())", '(document.title = "changed")');
  expect(changed).not.toBe(readme);
  plain(recipe(changed));
  const site = await serve(home);
  sites.push(site);
  const { talking, errors } = await talk(page, `${site.url}/index.html`, 1.5);
  expect(errors).toEqual([]);
  expect(await page.title()).toBe("changed");
  expect(talking.level).toBeLessThan(0.001);
});
