import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { conversationServer } from "./demo/conversation-server.js";
import { thirdParty } from "./demo/third-party.js";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The package's entries: name in dist/ → module. `exports` in package.json names the same files. */
const entries: Record<string, string> = {
  index: "src/index.ts",
  encoder: "src/encoder/index.ts",
  "fake-room": "src/fake-room/index.ts",
  "fake-room-playwright": "src/fake-room/playwright.ts",
  "fake-room-rest": "src/fake-room/rest.ts",
  realtime: "src/realtime/index.ts",
  server: "src/server/index.ts",
};

/** Files that one build step makes and a later one carries inside itself, as strings. */
const carried: Record<string, string> = {
  "virtual:call-machine": "dist/fake-room-machine.js",
  "virtual:fake-room-page": "dist/fake-room-page.js",
  "virtual:worklet": "dist/worklet.js",
  "virtual:encoder": "dist/encoder.wasm",
};

/** Resolves the modules of `carried`: the default export is the file's text, or base64 when it is wasm. */
function carriedText(): Plugin {
  return {
    name: "carried-text",
    resolveId: (id) => (id in carried ? `\0${id}` : undefined),
    load: (id) => {
      const file = carried[id.slice(1)];
      if (!id.startsWith("\0") || !file) return undefined;
      if (!existsSync(path(file))) throw new Error(`${file} is missing: run \`npm run build\`, which makes it first.`);
      return `export default ${JSON.stringify(readFileSync(path(file), file.endsWith(".wasm") ? "base64" : "utf8"))};`;
    },
  };
}

/**
 * Keeps `new URL("./file", import.meta.url)` of src/assets.ts as it is written: users' bundlers look for this very form, and
 * Vite would rewrite it, because the files come beside the modules only after the build.
 */
function urlsAsWritten(): Plugin {
  const placeholder = "__URL_OF_THIS_MODULE__";
  return {
    name: "urls-as-written",
    enforce: "pre",
    transform: (code, id) =>
      id.endsWith("/src/assets.ts") ? code.replaceAll("import.meta.url", placeholder) : undefined,
    renderChunk: (code) => (code.includes(placeholder) ? code.replaceAll(placeholder, "import.meta.url") : undefined),
  };
}

/** Puts the module that carries worklet and wasm in the place of the one that finds them as files. */
function inlineAssets(): Plugin {
  return {
    name: "inline-assets",
    enforce: "pre",
    resolveId: (id, importer) =>
      importer?.startsWith(path("src/")) && id.endsWith("/assets.js") ? path("src/assets-inline.ts") : undefined,
  };
}

/** What the licence of a bundled package asks to be kept. */
const licenceOf = (name: string): string =>
  `/*! Contains ${name}.\n${readFileSync(path(`node_modules/${name}/LICENSE`), "utf8").replaceAll("*/", "* /")}*/`;

const library = (build: UserConfig["build"]): UserConfig => ({
  publicDir: false,
  plugins: [carriedText(), urlsAsWritten()],
  build: { outDir: "dist", emptyOutDir: false, target: "es2022", minify: false, reportCompressedSize: false, ...build },
});

const script = (name: string): UserConfig =>
  library({
    lib: {
      entry: `src/fake-room/${name}.ts`,
      formats: ["iife"],
      name: `tavusEcho_${name}`,
      fileName: () => `fake-room-${name}.js`,
    },
  });

const configs: Record<string, () => UserConfig> = {
  /** The processor, a file of its own: `new URL("./worklet.js", import.meta.url)` in the library finds it beside itself. */
  worklet: () =>
    library({
      lib: { entry: "worklet/processor.ts", formats: ["es"], fileName: () => "worklet.js" },
      // Bundlers copy this file as it is, so nobody else would make it small.
      rollupOptions: { output: { minify: true, banner: "/*! tavus-echo, audio worklet. MIT License. */" } },
    }),
  /** The fake call machine, a classic script: daily-js loads it with Function() or a script tag. */
  machine: () => script("machine"),
  /** The same with the room in it, for pages whose app has no hook. */
  page: () => script("page"),
  library: () =>
    library({
      lib: { entry: entries, formats: ["es"] },
      rollupOptions: {
        external: [/^node:/, "@daily-co/daily-js", "@playwright/test", "playwright-core", "react"],
        // Flat, so that relative URLs of files beside the modules stay true wherever a module ends up.
        output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    }),
  /** The whole library once more, with worklet and wasm inside: `tavus-echo/inline`. */
  inline: () => {
    const config = library({
      lib: { entry: { inline: "src/index.ts" }, formats: ["es"], fileName: () => "inline.js" },
      // One file, with what other builds load on demand.
      rollupOptions: { output: { codeSplitting: false } },
    });
    return { ...config, plugins: [inlineAssets(), ...(config.plugins ?? [])] };
  },
  /** The command `tavus-echo`. The package's own entries are imported by name, as any app does. */
  cli: () =>
    library({
      lib: { entry: "conformance/node/cli.ts", formats: ["es"], fileName: () => "cli.js" },
      rollupOptions: {
        external: [/^node:/, /^tavus-echo/],
        output: { banner: "#!/usr/bin/env node", codeSplitting: false },
      },
    }),
  /** The page of `tavus-echo conformance`, with the real daily-js in it: nothing else needs to be installed. */
  conformance: () =>
    library({
      lib: { entry: "conformance/page/main.ts", formats: ["es"], fileName: () => "conformance-page.js" },
      rollupOptions: {
        output: { codeSplitting: false, minify: true, banner: () => licenceOf("@daily-co/daily-js") },
      },
    }),
  demo: () => ({
    root: path("demo"),
    plugins: [conversationServer(), thirdParty()],
    // The synthesiser finds its data beside its own module, so it stays where it is.
    optimizeDeps: { include: ["@daily-co/daily-js"], exclude: ["@echogarden/espeak-ng-emscripten"] },
    server: { fs: { allow: [path(".")] } },
    worker: { format: "es" },
  }),
  /** The page that the browser tests run in: the built package, and the real daily-js. */
  harness: () => ({
    root: path("test/browser/harness"),
    optimizeDeps: {
      noDiscovery: true,
      include: ["@daily-co/daily-js", "daily-js-087"],
      exclude: ["@echogarden/espeak-ng-emscripten"],
    },
    // Nothing is edited while tests run: no page is ever loaded again under one.
    server: { fs: { allow: [path(".")] }, hmr: false, watch: null },
    worker: { format: "es" },
  }),
};

export default defineConfig(({ mode }) => {
  const config = configs[mode];
  if (!config) throw new Error(`Unknown mode "${mode}": one of ${Object.keys(configs).join(", ")}.`);
  // A cache per mode: two servers that run at once must not write to the same.
  return { clearScreen: false, cacheDir: process.env.VITE_CACHE ?? path(`.cache/vite-${mode}`), ...config() };
});
