import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const exec = promisify(execFile);
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  exports: Record<string, string | { default: string }>;
};

/**
 * What server-side rendering does: imports the module in Node, where there is no window. The child counts what the
 * import did to its process, and must end by itself: a handle that is left open would keep it alive.
 */
const probe = `
const seen = [];
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
// Node makes some of its own globals on first use, and warns of some.
Reflect.ownKeys(globalThis).forEach((key) => { try { void globalThis[key]; } catch {} });
await settled();
for (const name of ["setTimeout", "setInterval", "queueMicrotask", "fetch", "addEventListener"]) {
  const real = globalThis[name];
  if (real) globalThis[name] = (...args) => (seen.push(name + "()"), real(...args));
}
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (...args) => (seen.push("output"), write(...args));
}
const places = { globalThis, ...Object.fromEntries(["Object", "Array", "Promise", "Function", "String", "Number", "Symbol", "Error",
  "EventTarget", "ReadableStream", "Uint8Array", "Int16Array"].flatMap((name) => [[name, globalThis[name]],
  [name + ".prototype", globalThis[name].prototype]])) };
const shape = () => Object.entries(places).flatMap(([place, object]) =>
  Reflect.ownKeys(object).map((key) => {
    const { value, get, writable } = Object.getOwnPropertyDescriptor(object, key);
    return [place + "." + String(key), get ?? value, writable];
  }));
const listeners = () => process.eventNames().map((name) => String(name) + process.listenerCount(name)).join();
const before = new Map(shape().map(([key, ...rest]) => [key, rest]));
const handles = process.getActiveResourcesInfo().join();
const events = listeners();
const module = await import(process.argv[1]);
await settled();
const changed = shape().filter(([key, value, writable]) => {
  const old = before.get(key);
  return !old || !Object.is(old[0], value) || old[1] !== writable;
}).map(([key]) => key);
if (listeners() !== events) seen.push("process listeners: " + listeners());
if (process.getActiveResourcesInfo().join() !== handles) seen.push("handles: " + process.getActiveResourcesInfo());
const report = { seen: [...seen], changed, names: Object.keys(module) };
process.stdout.write(JSON.stringify(report));
`;

for (const [name, target] of Object.entries(exports)) {
  if (typeof target === "string") continue;
  test(`importing tavus-echo${name.slice(1)} in Node does nothing else`, async () => {
    const module = pathToFileURL(resolve(target.default)).href;
    const { stdout } = await exec(process.execPath, ["--input-type=module", "--eval", probe, module], {
      timeout: 30_000,
    });
    const { seen, changed, names } = JSON.parse(stdout) as Record<string, string[]>;
    expect(names.length).toBeGreaterThan(0);
    expect(seen).toEqual([]);
    expect(changed).toEqual([]);
  });
}
