import { readFileSync } from "node:fs";
import { createFakeTavusApi } from "tavus-echo/fake-room/rest";
import { ServiceError } from "tavus-echo/server";
import { readCommand, UsageError } from "./command-line.js";
import { conformance, type Terminal } from "./run.js";

/** Ends the command by a signal as by an error: what it has made is ended first. A second one ends it at once. */
function endings(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      console.error("Ends the conversation; once more ends at once.");
      stop.abort();
    });
  return stop.signal;
}

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2), process.env);
  const { version } = JSON.parse(readFileSync(new URL(/* @vite-ignore */ "../package.json", import.meta.url), "utf8"));
  const terminal: Terminal = {
    ...{ env: process.env, platform: process.platform, signal: endings(), version },
    say: (text) => void process.stdout.write(`${text}\n`),
    interactive: process.stdin.isTTY === true,
    script: new URL(/* @vite-ignore */ "./conformance-page.js", import.meta.url),
  };
  // A fake API of its own, unless one is named.
  const api = command.fake && command.baseUrl === undefined ? await createFakeTavusApi({ strict: true }) : undefined;
  try {
    const ids = command.fake && Object.keys(command.ids).length === 0 ? { replicaId: "r-fake" } : command.ids;
    const account = api
      ? { apiKey: api.apiKey, baseUrl: api.url }
      : { apiKey: command.apiKey, ...(command.baseUrl !== undefined && { baseUrl: command.baseUrl }) };
    if (!command.end && Object.keys(ids).length === 0)
      throw new UsageError("Which replica? Set TAVUS_REPLICA_ID (or TAVUS_FACE_ID), or say --replica.");
    return await conformance({ ...command, ids }, account, terminal);
  } finally {
    await api?.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error instanceof ServiceError ? `${error.message} ${error.remedy}` : error.message);
    process.exitCode = 2;
  },
);
