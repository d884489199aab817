// `npm run site`: builds the documentation as a static site into reports/site, which any host serves. Fails for dead links, and if the
// search, dark mode or the width on a phone do not work in Chromium.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeApiPages } from "./site/src/api-pages.mjs";
import { driveSite } from "./site/src/drive-site.mjs";
import { writeLlmsTexts } from "./site/src/llms-texts.mjs";
import { copyPages } from "./site/src/pages.mjs";
import { sizesPage } from "./site/src/sizes-page.mjs";
import { publicEntries } from "./src/api-reports/entries.mjs";
import { root, run, stopped } from "./src/run.mjs";

const site = join(root, "tooling/site");
const out = join(root, "reports/site");
const sources = join(site, "pages");

const { pages, problems } = copyPages(root, sources);
exitWith(problems.map((problem) => `dead link: ${problem}`));
const sizes = { path: "sizes.md", text: sizesPage(root) };
writeFileSync(join(sources, sizes.path), sizes.text);
const entries = publicEntries(root);
const reference = await writeApiPages(root, entries, join(sources, "api"));
const status = await run(join(site, "node_modules/.bin/vitepress"), ["build", site]);
if (status !== 0 || stopped.aborted) process.exit(status || 1);
writeLlmsTexts([...pages, sizes, ...reference], out);
exitWith(await driveSite(out));
console.log(
  `\n${pages.length} documents and the reference of ${entries.length} entries are in reports/site: npx vite preview --outDir reports/site`,
);

/** @param {readonly string[]} problems */
function exitWith(problems) {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
