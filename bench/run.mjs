// `npm run bench`: every suite; `npm run bench -- encoder turns`: the named ones; `--json`: their figures as JSON;
// `--seconds 60`: the length of what runs on the wall clock (turns: 600 unless said otherwise).
// A suite is a file bench/<name>.bench.ts; bench/suite.ts says what it exports.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, seconds: { type: "string" } },
});
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds >= 10)) {
  console.error(`--seconds takes a number of 10 or more, not ${values.seconds}.`);
  process.exit(1);
}
const known = readdirSync(new URL(".", import.meta.url))
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.slice(0, -".bench.ts".length));
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No suite named ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  process.exit(1);
}

const print = values.json ? () => {} : console.log;
const figures = {};
let missed = 0;
for (const name of positionals.length > 0 ? positionals : known) {
  const { module } = await runnerImport(new URL(`${name}.bench.ts`, import.meta.url).pathname, {
    configFile: false,
    logLevel: "error",
  });
  const { formatTable } = (await runnerImport(new URL("suite.ts", import.meta.url).pathname, { configFile: false }))
    .module;
  figures[name] = { demands: [] };
  print(`\n# ${module.title}`);
  const report = {
    log: (text) => console.error(text),
    table(table) {
      figures[name][table.key] = table.rows;
      print(`\n${formatTable(table)}`);
    },
    demand(demand) {
      figures[name].demands.push(demand);
      if (!demand.met) missed++;
      print(`${demand.met ? "met   " : "MISSED"} ${demand.name}: ${demand.measured}`);
    },
  };
  await module.run(report, { seconds });
}
if (values.json) console.log(JSON.stringify(figures, null, 2));
if (missed > 0) console.error(`${missed} demands missed`);
process.exitCode = missed > 0 ? 1 : 0;
