// `npm run api`: writes the public API of each entry of each package into the package's folder `etc`, so that a review shows what a change
// means to users. `npm run check -- api` compares these reports with the build (`--check`).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publicEntries } from "./src/api-reports/entries.mjs";
import { firstDifference, renderReports } from "./src/api-reports/reports.mjs";
import { root } from "./src/run.mjs";

const reports = renderReports(root, publicEntries(root));
const folders = [...new Set([...reports.keys()].map(dirname))];
const present = folders.flatMap((folder) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((file) => `${folder}/${file}`) : [],
);
const superfluous = present.filter((file) => !reports.has(file));

if (process.argv.includes("--check")) {
  const problems = superfluous.map((file) => `${file}: the package has no such entry`);
  for (const [file, text] of reports) {
    const written = present.includes(file) ? readFileSync(join(root, file), "utf8") : "";
    const difference = firstDifference(written, text);
    if (difference !== undefined) problems.push(`${file}:${difference}`);
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error("\nThe public API has changed. `npm run api` writes the reports; commit them with a changeset.");
    process.exitCode = 1;
  } else {
    console.log(`${reports.size} API reports are up to date`);
  }
} else {
  for (const file of superfluous) rmSync(join(root, file));
  for (const [file, text] of reports) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  console.log(`${reports.size} API reports written`);
}
