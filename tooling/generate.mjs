// Writes every file that is made from another one. CI runs the same checks as tests, and fails when a byte differs.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderCheckedShapes } from "../packages/topic/scripts/render-checked-shapes.mjs";
import { renderShapes } from "../packages/topic/scripts/render-shapes.mjs";
import { renderMutants } from "../packages/topic-conformance/scripts/render-mutants.mjs";
import { renderCloseCodes, withCloseCodes } from "./src/close-code-table.mjs";
import { findTool } from "./src/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const topic = await import(join(root, "packages/topic/dist/esm/routes/index.js"));
const routes = Object.fromEntries(Object.entries(topic).filter(([, value]) => typeof value?.buildTopic === "function"));
for (const [name, render] of Object.entries({ shapes: renderShapes, "checked-shapes": renderCheckedShapes })) {
  const file = `packages/topic/src/${name}.ts`;
  writeFileSync(join(root, file), render(routes));
  execFileSync(join(root, "node_modules/.bin/biome"), ["check", "--write", join(root, file)], { stdio: "inherit" });
  console.log(`${file}: ${Object.keys(routes).length} routes`);
}

const { closeCodes } = await import(join(root, "packages/topic/dist/esm/close-codes.js"));
const protocol = join(root, "PROTOCOL.md");
writeFileSync(protocol, withCloseCodes(readFileSync(protocol, "utf8"), renderCloseCodes(closeCodes)));
console.log(`PROTOCOL.md: ${Object.keys(closeCodes).length} close codes`);

writeFileSync(join(root, "packages/topic-conformance/src/mutants.generated.ts"), renderMutants());

const python = findTool("python");
if (python) {
  execFileSync(python, [join(root, "packages/topic-conformance/python/generate.py")], { stdio: "inherit" });
}
