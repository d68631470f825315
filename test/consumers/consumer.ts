/** A page of somebody else's, with its own build, that uses the packed package. Its files are in the folder of its name. */
export interface Consumer {
  /** Also the folder's name. */
  name: string;
  /** What the table of docs/hosting.md calls it. */
  title: string;
  /** `npm run build` of the folder; plain pages have none. */
  builds: boolean;
  /** Whether the build puts worklet.js and encoder.wasm into its output by itself. */
  copiesFiles: boolean;
  /** How the result is served: a folder of files, or a server of the tool's own. */
  serves: { folder: string } | { start: string[] };
  /** The tool's development server, where it bundles in another way than the build does. */
  dev?: string[];
  /** Whether the project's own node_modules has the same version of the tool, so that nothing needs installing. */
  installed: boolean;
}

/** Every row of docs/hosting.md's table. */
export const consumers: Record<string, Consumer> = {
  vite8: {
    name: "vite8",
    title: "Vite 8",
    builds: true,
    copiesFiles: true,
    serves: { folder: "out" },
    dev: ["vite", "--port", "$PORT", "--strictPort"],
    installed: true,
  },
  vite7: {
    name: "vite7",
    title: "Vite 7",
    builds: true,
    copiesFiles: true,
    serves: { folder: "out" },
    dev: ["vite", "--port", "$PORT", "--strictPort"],
    installed: false,
  },
  webpack5: {
    name: "webpack5",
    title: "webpack 5",
    builds: true,
    copiesFiles: true,
    serves: { folder: "out" },
    installed: false,
  },
  next16: {
    name: "next16",
    title: "Next 16 (Turbopack)",
    builds: true,
    copiesFiles: true,
    serves: { start: ["next", "start", "--port", "$PORT"] },
    installed: false,
  },
  esbuild: {
    name: "esbuild",
    title: "esbuild",
    builds: true,
    copiesFiles: false,
    serves: { folder: "out" },
    installed: true,
  },
  rollup: {
    name: "rollup",
    title: "Rollup",
    builds: true,
    copiesFiles: false,
    serves: { folder: "out" },
    installed: false,
  },
  plain: {
    name: "plain",
    title: '<script type="module">',
    builds: false,
    copiesFiles: true,
    serves: { folder: "." },
    installed: false,
  },
};
