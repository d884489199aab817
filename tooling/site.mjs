// `npm run site`: builds the documentation as a static site into reports/site, which any host serves. Fails for dead links.
import { join } from "node:path";
import { writeLlmsTexts } from "./site/src/llms-texts.mjs";
import { copyPages } from "./site/src/pages.mjs";
import { root, run, stopped } from "./src/run.mjs";

const site = join(root, "tooling/site");
const out = join(root, "reports/site");
const bin = join(site, "node_modules/.bin");

const { pages, problems } = copyPages(root, join(site, "pages"));
for (const problem of problems) console.error(`dead link: ${problem}`);
if (problems.length > 0) process.exit(1);
await step("vitepress", ["build", site]);
await step("typedoc", ["--options", join(site, "typedoc.json"), "--out", join(out, "api")]);
writeLlmsTexts(pages, out);
console.log(
  `\n${pages.length} pages and the API reference are in reports/site: npx vite preview --outDir reports/site`,
);

/** Runs a program of the site's dependencies, and exits if it fails. @param {string} name @param {string[]} args */
async function step(name, args) {
  const status = await run(join(bin, name), args);
  if (status !== 0 || stopped.aborted) process.exit(status || 1);
}
