// Checks the language of documents, comments and texts: see src/prose/words.mjs. With paths, only those.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findForbiddenWords } from "./src/prose/find.mjs";
import { EXCEPTIONS } from "./src/prose/words.mjs";
import { root } from "./src/run.mjs";

const paths = process.argv.slice(2);
const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...paths], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 2 ** 26,
});
const files = listed
  .split("\0")
  .filter((file) => /\.(md|ts|tsx|mjs|py)$/.test(file) && existsSync(join(root, file)))
  .filter((file) => !EXCEPTIONS.some(({ files }) => files.test(file)));

/** @type {Map<string, number>} */
const counts = new Map();
for (const file of files) {
  for (const { line, found, instead } of findForbiddenWords(file, readFileSync(join(root, file), "utf8"))) {
    console.log(`${file}:${line}: "${found}" → ${instead}`);
    const folder = file.split("/").slice(0, 2).join("/");
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
}
if (counts.size > 0) {
  console.log("\nfindings by folder:");
  for (const [folder, count] of counts) console.log(`${String(count).padStart(6)}  ${folder}`);
  process.exitCode = 1;
} else {
  console.log(`${files.length} files without findings`);
}
