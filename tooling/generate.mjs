// `npm run generate`: writes every file that is generated from another one. Tests compare them with their sources.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderCheckedShapes } from "../packages/topic/scripts/render-checked-shapes.mjs";
import { renderShapes } from "../packages/topic/scripts/render-shapes.mjs";
import { renderMutants } from "../packages/topic-conformance/scripts/render-mutants.mjs";
import { renderCloseCodes, withCloseCodes } from "./src/close-code-table.mjs";
import { root, run } from "./src/run.mjs";
import { readSentences, renderTexts } from "./src/texts/text-numbers.mjs";
import { findTool } from "./src/tools.mjs";

/** @param {string} file relative to the root @param {string} text */
function write(file, text) {
  writeFileSync(join(root, file), text);
  console.log(file);
}

/** Runs a command whose failure ends the run. @param {string} command @param {readonly string[]} args */
async function must(command, args) {
  const status = await run(command, args);
  if (status !== 0) process.exit(status);
}

const topic = await import(join(root, "packages/topic/dist/esm/routes/index.js"));
const routes = Object.fromEntries(Object.entries(topic).filter(([, value]) => typeof value?.buildTopic === "function"));
write("packages/topic/src/shapes.ts", renderShapes(routes));
write("packages/topic/src/checked-shapes.ts", renderCheckedShapes(routes));
await must("biome", ["check", "--write", "packages/topic/src/shapes.ts", "packages/topic/src/checked-shapes.ts"]);

const { closeCodes } = await import(join(root, "packages/topic/dist/esm/close-codes.js"));
const protocol = readFileSync(join(root, "PROTOCOL.md"), "utf8");
write("PROTOCOL.md", withCloseCodes(protocol, renderCloseCodes(closeCodes)));

const client = "packages/ws-client";
const texts = renderTexts(join(root, client), readSentences(join(root, client)));
write(`${client}/error-texts.json`, texts.json);
write(`${client}/docs/errors.md`, texts.page);

write("packages/topic-conformance/src/mutants.generated.ts", renderMutants());

// The suite's npm package has to work alone, so it contains a copy of the serializer of the Python package.
const contract = join(root, "packages/python/trading_topic/contract");
for (const file of readdirSync(contract).filter((name) => name.endsWith(".py"))) {
  write(`packages/topic-conformance/python/topic_contract/${file}`, readFileSync(join(contract, file), "utf8"));
}

const python = findTool("python");
if (python) await must(python, [join(root, "packages/topic-conformance/python/generate.py")]);

await must(process.execPath, [join(root, "tooling/export-asyncapi.mjs")]);
await must(process.execPath, [join(root, "tooling/export-openapi.mjs")]);
