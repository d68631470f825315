// Random walks against the fake room in virtual time: does what the client tells go beyond what the room heard?
//   npm run walks -- --count 10000 [--seed N] [--clean] [--workers 2] [--shrink 1] [--rule RULE] [--defect NAME]
//   npm run walks -- --defects [--seed N]      hunts every defect of test/walks/defects.ts
//   npm run walks -- --replay FILE [--record FILE]
// Every walk has a seed of its own: `--seed N --count 1` runs it again. Shrunk walks are printed, and kept in .cache/walks/.
import { fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    seed: { type: "string" },
    clean: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
    shrink: { type: "string", default: "1" },
    attempts: { type: "string", default: "300" },
    defect: { type: "string" },
    defects: { type: "boolean", default: false },
    rule: { type: "string" },
    replay: { type: "string" },
    record: { type: "string" },
  },
});

const folder = ".cache/walks";
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: ["test/walks/worker.ts"],
  outfile: `${folder}/worker.mjs`,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  logLevel: "error",
  alias: {
    "tavus-echo": "./src/index.ts",
    "tavus-echo/fake-room": "./src/fake-room/index.ts",
  },
  plugins: [
    {
      name: "unbuilt",
      setup(bundler) {
        const assets = new URL("../test/support/assets.ts", import.meta.url).pathname;
        bundler.onResolve({ filter: /^\.{1,2}\/assets\.js$/ }, () => ({ path: assets }));
        bundler.onResolve({ filter: /^virtual:call-machine$/ }, ({ path }) => ({ path, namespace: "none" }));
        bundler.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: 'export default "";' }));
      },
    },
  ],
});

const workers = Array.from({ length: values.replay ? 1 : Number(values.workers) }, () =>
  fork(`${folder}/worker.mjs`, { execArgv: ["--enable-source-maps"] }),
);
const { defect, clean } = values;

/** Hands the requests to the workers, one at a time each, and calls `take` with every answer. */
async function work(requests, take) {
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < requests.length) {
        const request = requests[next++];
        const answer = await new Promise((done, fail) => {
          worker.once("message", done);
          worker.once("exit", (code) => fail(new Error(`A worker ended with ${code} at ${JSON.stringify(request)}.`)));
          worker.send(request);
        });
        worker.removeAllListeners("exit");
        if (answer.crash) throw new Error(`${JSON.stringify(request)}: ${answer.crash}`);
        take(answer, next);
      }
    }),
  );
}

const table = (counts, all) =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `  ${name.padEnd(20)} ${String(count).padStart(7)}  ${((100 * count) / all).toFixed(1)} %`)
    .join("\n");

const add = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);

async function replay() {
  const walk = JSON.parse(readFileSync(values.replay, "utf8"));
  await work([{ do: "replay", walk, defect }], ({ passed, ...told }) => {
    console.log(JSON.stringify(told, null, 2));
    if (values.record) writeFileSync(values.record, JSON.stringify({ walk, passed }));
    process.exitCode = told.findings.length > 0 ? 1 : 0;
  });
}

async function hunt() {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  const attempts = Number(values.attempts);
  const requests = [];
  await work([{ do: "names" }], ({ names }) => {
    for (const name of names) requests.push({ do: "hunt", name, seed, most: 500, attempts });
  });
  console.log(`${requests.length} defects, each in at most 500 walks from seed ${seed}`);
  const found = {};
  await work(requests, ({ name, tries, rule, size, walk }) => {
    if (!walk) {
      process.exitCode = 1;
      console.log(`${name.padEnd(28)} not found in ${tries} walks`);
      return;
    }
    found[name] = { rule, walk };
    if (size > 12) process.exitCode = 1;
    console.log(`${name.padEnd(28)} walk ${String(tries).padStart(3)}, ${String(size).padStart(2)} inputs: ${rule}`);
  });
  writeFileSync(`${folder}/defects.json`, `${JSON.stringify(found, null, 2)}\n`);
}

async function walks() {
  const count = Number(values.count);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  const started = Date.now();
  const kinds = new Map();
  const rules = new Map();
  const cleanRules = new Map();
  const outcomes = new Map();
  const examples = new Map();
  const totals = { walks: 0, failed: 0, clean: 0, cleanFailed: 0, turns: 0, seconds: 0 };
  const requests = Array.from({ length: count }, (_, index) => ({ do: "walk", seed: seed + index, clean, defect }));
  console.log(`${count} walks from seed ${seed}`);
  await work(requests, (told) => {
    totals.walks++;
    totals.turns += told.turns.length;
    totals.seconds += told.seconds;
    if (told.fails) totals.failed++;
    if (told.kinds.length === 0) totals.clean++;
    if (told.kinds.length === 0 && told.fails) totals.cleanFailed++;
    for (const kind of told.kinds) add(kinds, kind);
    for (const outcome of told.turns) add(outcomes, outcome);
    for (const rule of new Set(told.findings.map((finding) => finding.rule))) {
      add(rules, rule);
      if (told.kinds.length === 0) add(cleanRules, rule);
      const known = examples.get(rule) ?? [];
      known.push({ seed: told.seed, size: told.size, clean: told.kinds.length === 0 });
      examples.set(rule, known);
    }
    if (totals.walks % 50 === 0 && process.stderr.isTTY)
      process.stderr.write(`\r${totals.walks} of ${count}, ${totals.failed} failed `);
  });
  const took = (Date.now() - started) / 1000;
  console.log(
    `${totals.walks} walks in ${took.toFixed(0)} s: ${totals.turns} turns, ${(totals.seconds / 3600).toFixed(1)} hours of the clock; ${totals.failed} walks failed, ${totals.cleanFailed} of ${totals.clean} without faults`,
  );
  console.log(`kinds of faults, in how many walks\n${table(kinds, totals.walks)}`);
  console.log(`outcomes of turns\n${table(outcomes, totals.turns)}`);
  console.log(`what the judge found, in how many walks\n${table(rules, totals.walks)}`);
  if (cleanRules.size > 0) console.log(`the same in walks without faults\n${table(cleanRules, totals.clean)}`);
  const rare = [...kinds].filter(([, number]) => number < 0.05 * totals.walks);
  if (rare.length > 0 && !clean) console.log(`in less than 5 %: ${rare.map(([kind]) => kind).join(", ")}`);
  const wanted = [...examples].filter(([rule]) => values.rule === undefined || rule === values.rule);
  const shrinks = wanted.flatMap(([rule, known]) =>
    known
      .sort((a, b) => Number(a.clean) - Number(b.clean) || a.size - b.size)
      .slice(0, Number(values.shrink))
      .map((example) => ({
        do: "shrink",
        seed: example.seed,
        clean,
        rule,
        attempts: Number(values.attempts),
        defect,
      })),
  );
  await work(shrinks, ({ rule, seed: of, walk, size, findings }) => {
    if (!walk) {
      console.log(`\n${rule}, seed ${of}: did not fail again`);
      return;
    }
    const file = `${folder}/${rule}-${of}.json`;
    writeFileSync(file, `${JSON.stringify(walk, null, 2)}\n`);
    console.log(`\n${rule}, seed ${of}: ${size} inputs, kept in ${file}`);
    for (const finding of findings) console.log(`  ${finding.rule}, turn ${finding.turn}: ${finding.text}`);
    console.log(JSON.stringify(walk));
  });
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

try {
  if (values.replay) await replay();
  else await (values.defects ? hunt() : walks());
} finally {
  for (const worker of workers) worker.kill();
}
