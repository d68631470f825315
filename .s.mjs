// minified bytes of src/turn + src/flow within the core, and core gz
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
const { outputFiles, metafile } = await build({ stdin: { contents: 'export { Replica, dailyTransport, microphone } from "./src/index.ts";', resolveDir: process.cwd() }, bundle: true, minify: true, format: "esm", target: "es2022", write: false, metafile: true, splitting: true, outdir: "x", logLevel: "error" });
let sum = 0; const rows=[];
for (const o of Object.values(metafile.outputs)) for (const [n,{bytesInOutput:b}] of Object.entries(o.inputs)) if (/src\/(turn|flow)\//.test(n)) { sum += b; rows.push([b,n]); }
console.log(rows.sort((a,b)=>b[0]-a[0]).map(r=>r.join(" ")).join("\n"));
console.log("turn+flow minified", sum);
for (const f of outputFiles) console.log(f.path.split("/").pop(), f.contents.length, "gz", gzipSync(f.contents,{level:9}).length);
