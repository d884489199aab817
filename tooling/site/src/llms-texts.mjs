import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes `llms.txt`, a list of the pages, and `llms-full.txt`, the text of all of them, for language models.
 *
 * @param {readonly import("./pages.mjs").Page[]} pages
 * @param {string} out the folder of the site
 */
export function writeLlmsTexts(pages, out) {
  const [home] = pages.filter(({ path }) => path === "index.md");
  const lines = pages.map(({ path, text }) => `- [${titleOf(text)}](/${path.replace(/(index)?\.md$/, "")})`);
  const summary = home?.text.split("\n\n")[1]?.replaceAll("\n", " ") ?? "";
  writeFileSync(join(out, "llms.txt"), `# Trading streams\n\n> ${summary}\n\n## Pages\n\n${lines.join("\n")}\n`);
  writeFileSync(join(out, "llms-full.txt"), pages.map(({ path, text }) => `<!-- ${path} -->\n\n${text}`).join("\n\n"));
}

/** Returns the first heading of a page. @param {string} text */
export function titleOf(text) {
  return /^# (.+)$/m.exec(text)?.[1] ?? "Untitled";
}
