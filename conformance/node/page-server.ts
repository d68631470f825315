import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Line } from "../suite.js";

/** Where the page is to go. */
export interface Entrance {
  /** Where to join; the page makes a fake room itself when there is none. */
  url?: string;
  token?: string;
  /** With a fake room: its model. */
  model?: object;
  greeting: string;
  /** Seconds that the suite may take. */
  seconds: number;
}

/** What the page found. */
export interface PageResult {
  lines: Line[];
  seconds: number;
  versions: Record<string, string>;
}

/** The page of the suite, on this machine. */
export interface PageServer {
  /** To open in a browser. Holds a secret: nobody else on this machine reaches the page. */
  readonly url: string;
  /** Resolves when the page has been opened. */
  readonly opened: Promise<void>;
  /** Lets the page in. */
  admit(entrance: Entrance): void;
  /** Resolves with what it found; rejects when it failed, or has not been heard of for 20 s. */
  readonly result: Promise<PageResult>;
  close(): void;
}

const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>tavus-echo conformance</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}li{margin:.3rem 0}.fails{color:#b00020}</style>
<h1>tavus-echo conformance</h1><p id="state">Waiting for the conversation.</p><ol id="lines"></ol>
<script type="module" src="page.js"></script></html>`;

/** Seconds without a sign of the page's life after which it is given up. */
const silentSeconds = 20;

/** Serves the page on a free port of the loopback interface. `told` hears of each point as it is found. */
export async function servePage(script: URL, told: (line: Line) => void): Promise<PageServer> {
  const secret = randomBytes(16).toString("hex");
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let admit: (entrance: Entrance) => void = () => {};
  const entrance = new Promise<Entrance>((resolve) => {
    admit = resolve;
  });
  let settle: { done(result: PageResult): void; failed(error: Error): void } = { done: () => {}, failed: () => {} };
  const result = new Promise<PageResult>((done, failed) => {
    settle = { done, failed };
  });
  // Whoever waits for it hears of a failure; nobody may wait any more.
  result.catch(() => undefined);
  let watch: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(watch);
    const silent = (): void => settle.failed(new Error(`The page has not been heard of for ${silentSeconds} s.`));
    watch = setTimeout(silent, silentSeconds * 1000);
  };

  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    "GET /": async (_, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
    },
    "GET /page.js": async (_, response) => {
      const text = await readFile(script);
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(text);
    },
    "POST /entrance": async (_, response) => {
      open();
      const given = await entrance;
      alive();
      json(response, given);
    },
    "POST /alive": async (_, response) => {
      alive();
      json(response, {});
    },
    "POST /line": async (request, response) => {
      alive();
      told((await bodyOf(request)) as Line);
      json(response, {});
    },
    "POST /done": async (request, response) => {
      settle.done((await bodyOf(request)) as PageResult);
      json(response, {});
    },
    "POST /failed": async (request, response) => {
      const { message } = (await bodyOf(request)) as { message?: unknown };
      settle.failed(new Error(String(message)));
      json(response, {});
    },
  };

  const server = createServer((request, response) => {
    response.setHeader("cache-control", "no-store");
    response.setHeader("referrer-policy", "no-referrer");
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const answer = pathname.startsWith(`/${secret}/`)
      ? answers[`${request.method} ${pathname.slice(secret.length + 1)}`]
      : undefined;
    if (!answer) return void response.writeHead(404).end();
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The page's server has no port.");
  return {
    url: `http://127.0.0.1:${address.port}/${secret}/`,
    opened,
    admit: (given) => admit(given),
    result,
    close() {
      clearTimeout(watch);
      server.close();
      server.closeAllConnections();
    },
  };
}

const json = (response: ServerResponse, value: object): void =>
  void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 1e6) throw new Error("The page says too much.");
  }
  return JSON.parse(text);
}
