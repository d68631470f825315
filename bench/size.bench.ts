// What a page loads, beside what the clients of this field load.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { bundle } from "../scripts/bundle.mjs";
import type { Report } from "./suite.js";

/** A client as its guide has it imported; `transport` is the package that carries its call, where that is one by itself. */
interface Client {
  name: string;
  code: string;
  transport?: string;
}

const peers: Client[] = [
  { name: "@vapi-ai/web", code: 'export { default } from "@vapi-ai/web";', transport: "@daily-co/daily-js" },
  {
    name: "@pipecat-ai/client-js, daily-transport",
    code: 'export * from "@pipecat-ai/client-js"; export * from "@pipecat-ai/daily-transport";',
    transport: "@daily-co/daily-js",
  },
  {
    name: "@elevenlabs/client",
    code: 'export { Conversation } from "@elevenlabs/client";',
    transport: "livekit-client",
  },
  { name: "@anam-ai/js-sdk", code: 'export { createClient } from "@anam-ai/js-sdk";' },
  {
    name: "@openai/agents-realtime",
    code: 'export { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";',
  },
];

const versions = {
  "@anam-ai/js-sdk": "4.27.0",
  "@daily-co/daily-js": "0.92.2",
  "@elevenlabs/client": "1.25.0",
  "@openai/agents-realtime": "0.20.0",
  "@pipecat-ai/client-js": "1.13.1",
  "@pipecat-ai/daily-transport": "1.6.9",
  "@vapi-ai/web": "2.7.1",
};

/** Printed above the suite's tables. */
export const title = "What a page loads";

/** Installs the peers in a folder of their own, from the npm registry; bundles each alone, without and with what carries its call. */
export async function run(report: Report): Promise<void> {
  const folder = resolve(".cache/bench/peers");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, dependencies: versions }));
  report.log("installing the peers");
  await promisify(execFile)("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/size.mjs", "--json"]);
  const { page } = (JSON.parse(stdout) as { sizes: { page: number } }).sizes;
  const daily = (await bundle('export { default } from "@daily-co/daily-js";', folder)).bytes;
  const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);
  const rows = [{ name: "tavus-echo, worklet and wasm included", own: page, all: page + daily }];
  for (const { name, code, transport } of peers) {
    report.log(name);
    const all = (await bundle(code, folder)).bytes;
    rows.push({ name, own: transport ? (await bundle(code, folder, [transport])).bytes : all, all });
  }
  report.table({
    key: "size",
    title: "Minified and gzipped, KB; what import() loads later is left out",
    rows: rows.map(({ name, own, all }) => ({ name, "its own": kilobytes(own), "with its transport": kilobytes(all) })),
  });
}
