// Before `npm publish` (prepublishOnly): puts the addresses of scripts/addresses.json into package.json. Refuses while one
// is missing, or while the changelog does not name the version. `--print` writes to the output, and leaves package.json alone.
// Other arguments are folders to read from instead of the project's own: for the tests.
import { readFileSync, writeFileSync } from "node:fs";

const print = process.argv.includes("--print");
const folder = process.argv.slice(2).find((word) => word !== "--print");
if (!folder) process.chdir(new URL("..", import.meta.url).pathname);
const read = (file) => readFileSync(folder ? `${folder}/${file}` : file, "utf8");

const { homepage, repository, bugs } = JSON.parse(read("scripts/addresses.json"));
const manifest = JSON.parse(read("package.json"));
const missing = Object.entries({ homepage, repository, bugs })
  .filter(([, address]) => !URL.canParse(address) || new URL(address).protocol !== "https:")
  .map(([name]) => `scripts/addresses.json: "${name}" must be an https address.`);
if (!read("CHANGELOG.md").includes(`## [${manifest.version}]`))
  missing.push(`CHANGELOG.md has no section "## [${manifest.version}]".`);

if (missing.length > 0) {
  console.error(`Not ready to publish:\n${missing.join("\n")}`);
  process.exitCode = 1;
} else {
  const { name, version, description, ...rest } = manifest;
  const addresses = { homepage, repository: { type: "git", url: `git+${repository}` }, bugs: { url: bugs } };
  const text = `${JSON.stringify({ name, version, description, ...addresses, ...rest, ...addresses }, null, 2)}\n`;
  if (print) process.stdout.write(text);
  else writeFileSync("package.json", text);
}
