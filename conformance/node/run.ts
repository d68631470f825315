import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { TavusAccount } from "tavus-echo/server";
import { markdownOf, type Report, reportOf, settingsInWords } from "../report.js";
import type { Line } from "../suite.js";
import { type Browser, findBrowser, startBrowser } from "./browser.js";
import type { Command } from "./command-line.js";
import { Journal, journalFile } from "./journal.js";
import { type PageResult, type PageServer, servePage } from "./page-server.js";
import { closeConversation, endOrphans, mostSeconds, type OpenConversation, openConversation } from "./service.js";
import { virtualRun } from "./virtual-run.js";

/** What the command uses of the process around it. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  /** Prints a line. */
  say(text: string): void;
  /** Aborts when the user or the system ends the command. */
  signal: AbortSignal;
  /** Whether somebody can be asked. */
  interactive: boolean;
  version: string;
  /** The page's script. */
  script: URL;
}

/** What the replica is asked to say first, to see whether it can be interrupted. */
const greeting = "Hello, here I am, with a sentence that takes a while to say.";
/** Seconds that a page may take to be opened, and that the suite has of the conversation. */
const openSeconds = 180;
const suiteSeconds = mostSeconds - 30;

/** Whether it may cost: nobody is asked twice. */
const cost = `This makes one real conversation of 2 to 4 minutes, ${mostSeconds / 60} at most. Tavus bills it as any other, from the moment it is made.`;

/** Runs the command. Returns the process' exit code: 0 all certain facts hold, 1 some do not, 2 it could not be asked. */
export async function conformance(command: Command, account: TavusAccount, terminal: Terminal): Promise<number> {
  const { say } = terminal;
  const journal = new Journal(journalFile(terminal.env, terminal.platform));
  for (const id of await endOrphans(account, journal)) say(`Ended ${id}, which an earlier run had left.`);
  if (command.end) return 0;
  if (!command.fake) {
    say(cost);
    if (!command.yes && !(await agreed(terminal))) return 2;
  }
  const told = ({ mark, name, holds, observed }: Line): void =>
    say(`  ${holds === undefined ? "seen  " : holds ? "holds " : "FAILS "} [${mark}] ${name}: ${observed}`);
  const result = await ask(command, account, journal, terminal, told);
  const report = reportOf(result.lines, {
    date: new Date().toISOString(),
    target: command.fake ? "the fake room" : "Tavus",
    versions: { "tavus-echo": terminal.version, ...result.versions },
    seconds: result.seconds,
  });
  await write(report, command.out, say);
  return report.lines.some(({ mark, holds }) => mark === "certain" && holds !== true) ? 1 : 0;
}

async function agreed({ interactive, say, signal }: Terminal): Promise<boolean> {
  if (!interactive) {
    say("Nobody is here to agree. Say --yes on the command line.");
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await prompt.question("Go on? [y/N] ", { signal })).trim());
  } finally {
    prompt.close();
  }
}

/** From the page's opening to the end of the conversation, which comes in any case. */
async function ask(
  command: Command,
  account: TavusAccount,
  journal: Journal,
  terminal: Terminal,
  told: (line: Line) => void,
): Promise<PageResult> {
  let page: PageServer | undefined;
  let browser: Browser | undefined;
  let conversation: OpenConversation | undefined;
  const program = command.browser ?? findBrowser(terminal.env, terminal.platform);
  const virtual = command.virtual || (command.fake && !command.open && program === undefined);
  if (virtual && !command.virtual) terminal.say("No browser was found: runs in this process, in virtual time.");
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Error("Stopped."));
    if (terminal.signal.aborted) stop();
    terminal.signal.addEventListener("abort", stop, { once: true });
  });
  stopped.catch(() => undefined);
  try {
    if (!virtual) {
      // First the page: a conversation that waits for somebody to open it would cost.
      page = await servePage(terminal.script, told);
      browser = await show(page, command.open ? undefined : program, terminal);
      const late = timeOut(openSeconds, `Nobody opened the page within ${openSeconds} s.`);
      await late.before([page.opened, stopped, ...(browser ? [browser.ended] : [])]);
    }
    conversation = await openConversation(command, { ...account, signal: undefined }, journal, greeting);
    if (terminal.signal.aborted) await stopped;
    if (!page) return await Promise.race([virtualRun({ greeting, ...command.model }, told), stopped]);
    const { conversationUrl: url, meetingToken: token } = conversation;
    page.admit({
      ...(command.fake ? { model: { greeting, ...command.model } } : { url, ...(token !== undefined && { token }) }),
      ...{ greeting, seconds: suiteSeconds },
    });
    const late = timeOut(mostSeconds, `The suite did not end within ${mostSeconds} s.`);
    return (await late.before([page.result, stopped, ...(browser ? [browser.ended] : [])])) as PageResult;
  } finally {
    await Promise.all([
      conversation && end(account, journal, conversation, terminal),
      browser?.close().then(() => page?.close()) ?? page?.close(),
    ]);
  }
}

async function end(account: TavusAccount, journal: Journal, conversation: OpenConversation, { say }: Terminal) {
  try {
    await closeConversation({ ...account, signal: undefined, timeoutSeconds: 10 }, journal, conversation);
    say(`Ended ${conversation.conversationId}.`);
  } catch (error) {
    say(
      `${conversation.conversationId} could not be ended: ${(error as Error).message} Run \`npx tavus-echo conformance --end\`; Tavus ends it after ${mostSeconds / 60} minutes.`,
    );
  }
}

async function show(page: PageServer, program: string | undefined, { say }: Terminal): Promise<Browser | undefined> {
  if (program !== undefined) {
    say(`Starts ${program}.`);
    return startBrowser(program, page.url);
  }
  say(`Open this page in a browser, and leave it in front:\n\n  ${page.url}\n`);
  return undefined;
}

function timeOut(seconds: number, message: string) {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), seconds * 1000);
  });
  return {
    before: (promises: readonly Promise<unknown>[]): Promise<unknown> =>
      Promise.race([...promises, over]).finally(() => clearTimeout(timer)),
  };
}

async function write(report: Report, folder: string, say: (text: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `tavus-echo-conformance-${report.date.slice(0, 19).replace(/[:T]/g, "-")}`);
  await writeFile(`${file}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(`${file}.md`, markdownOf(report));
  say("\nThe fake room's model of it:");
  for (const [name, words] of settingsInWords(report.settings)) say(`  ${name}: ${words}`);
  say(
    `\ncreateFakeRoom({ model: ${JSON.stringify(report.model)} });\n\nThe report: ${file}.md and ${file}.json. It holds no key.`,
  );
}
