import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pack } from "./workshop.js";

/** Packs the built package for all workers. */
export default async function setUp(): Promise<void> {
  const cache = ".cache/consumers";
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) if (name.endsWith(".tgz")) rmSync(join(cache, name));
  await pack(cache);
}
