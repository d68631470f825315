import { transform } from "esbuild"; import {readFileSync} from "node:fs";
for (const f of process.argv.slice(2)) { const r = await transform(readFileSync(f,"utf8"),{loader:"ts",minify:true,target:"es2022",format:"esm"}); console.log("\n//",f,r.code.length); console.log(r.code); }
