import { consumers } from "../consumers/consumer.js";
import { consumerSuite, test } from "../consumers/suite.js";
import { pack } from "../consumers/workshop.js";

// The two kinds of bundler: one that copies the package's files, and one that copies none. The others take minutes to
// install and run in `npm run test:consumers`.
let tarball = "";
test.beforeAll(async () => {
  tarball = await pack(".cache/packed/bundlers");
});

for (const name of ["vite8", "esbuild"] as const)
  consumerSuite(consumers[name], `.cache/packed/${name}`, true, () => tarball);
