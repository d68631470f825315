// How large code is once it is bundled for a page: minified by esbuild and gzipped.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * Bundles the module `code`, whose imports are resolved from `folder`, but for those of `external`. Gives gzipped bytes of
 * what is loaded with it (`bytes`) and of what `import()` loads on demand (`onDemand`), and `[name, minified bytes]` of each
 * module that is loaded.
 */
export async function bundle(code, folder, external = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    splitting: true,
    outdir: "/",
    absWorkingDir: folder,
    external: [...external],
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = new Set([outputs.find(([, { entryPoint }]) => entryPoint === "<stdin>")[0]]);
  for (const name of loaded)
    for (const { kind, path } of metafile.outputs[name].imports)
      if (kind === "import-statement" && metafile.outputs[path]) loaded.add(path);
  const size = (wanted) =>
    outputs
      .filter(([name]) => loaded.has(name) === wanted)
      .map(([name]) => outputFiles.find(({ path }) => path.endsWith(name.split("/").at(-1))).contents)
      .reduce((sum, contents) => sum + gzipSync(contents, { level: 9 }).length, 0);
  const modules = outputs
    .filter(([name]) => loaded.has(name))
    .flatMap(([, { inputs }]) => Object.entries(inputs))
    .map(([name, { bytesInOutput }]) => [name, bytesInOutput]);
  return { bytes: size(true), onDemand: size(false), modules };
}
