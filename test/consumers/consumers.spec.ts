import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { consumers } from "./consumer.js";
import { consumerSuite } from "./suite.js";

const cache = ".cache/consumers";

// Made by the configuration's global set-up, once for all workers.
const tarball = (): string => resolve(cache, readdirSync(cache).find((name) => name.endsWith(".tgz"))!);

for (const consumer of Object.values(consumers)) consumerSuite(consumer, join(cache, consumer.name), false, tarball);
