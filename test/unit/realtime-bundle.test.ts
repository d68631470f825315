import { build } from "esbuild";
import { expect, test } from "vitest";

/** What an app that imports these names of the entry loads, minified. */
async function bundle(names: string): Promise<string> {
  const resolveDir = new URL("../../src/realtime/", import.meta.url).pathname;
  const contents = `import { ${names} } from "./index.js"; console.log(${names});`;
  const { outputFiles } = await build({
    ...{ bundle: true, minify: true, write: false, format: "esm", target: "es2022", logLevel: "error" },
    stdin: { contents, resolveDir, loader: "ts" },
  });
  return outputFiles[0]!.text;
}

const marks = { xaiVoice: "xai-client-secret", geminiLive: "generativelanguage", elevenLabsAgent: "convai" };

test("a model that is not imported is not loaded; one that is costs its own file alone", async () => {
  const alone = await bundle("RealtimeVoice");
  for (const mark of Object.values(marks)) expect(alone).not.toContain(mark);
  for (const [name, mark] of Object.entries(marks)) {
    const both = await bundle(`RealtimeVoice, ${name}`);
    expect(both).toContain(mark);
    for (const other of Object.values(marks)) if (other !== mark) expect(both).not.toContain(other);
    console.log(`${name}: ${((both.length - alone.length) / 1024).toFixed(1)} KB more, minified`);
  }
});
