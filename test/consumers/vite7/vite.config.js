import { defineConfig } from "vite";

export default defineConfig({
  // Vite 7's dev server moves pre-bundled packages into a cache folder and leaves worklet.js and encoder.wasm behind.
  optimizeDeps: { exclude: ["tavus-echo"] },
  build: { outDir: "out", rollupOptions: { input: ["file.html", "inline.html"] } },
});
