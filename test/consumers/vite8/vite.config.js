import { defineConfig } from "vite";

export default defineConfig({ build: { outDir: "out", rollupOptions: { input: ["file.html", "inline.html"] } } });
