import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const espeak = new URL("../node_modules/@echogarden/espeak-ng-emscripten/", import.meta.url);

/**
 * What a built demo needs of the synthesiser beside its code: its data, which the module looks for beside itself, and the text
 * of its licence, for the notice in public/THIRD-PARTY.txt.
 */
export function thirdParty(): Plugin {
  return {
    name: "third-party",
    generateBundle() {
      const copy = (from: string, fileName: string): void => {
        this.emitFile({ type: "asset", fileName, source: readFileSync(new URL(from, espeak)) });
      };
      copy("COPYING", "GPL-3.0.txt");
      copy("espeak-ng.data", "assets/espeak-ng.data");
    },
  };
}
