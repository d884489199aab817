import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const [, map = ""] = readFileSync(join(root, "ARCHITECTURE.md"), "utf8").split(/^## .*$/m);

/** The entries of the map by the folder that they belong to, such as `packages/topic/`. */
const sections = new Map<string, string[]>();
let section: string[] = [];
for (const line of map.split("\n")) {
  const indent = line.search(/\S/);
  const entries = line
    .trim()
    .split(/ {2,}/)
    .filter((entry) => /^[\w./{},*-]+(\/|\.\w+)$/.test(entry));
  if (indent === 4) {
    section = [];
    sections.set(entries[0] ?? "", section);
  } else section.push(...entries);
}

test("every folder and file of the map exists", () => {
  const missing = Array.from(sections).flatMap(([folder, entries]) => {
    const inside = files.filter((file) => folder.includes("*") || file.startsWith(folder));
    if (inside.length === 0) return [folder];
    const exists = (path: string) => inside.some((file) => file.includes(`/${path}`));
    return entries.flatMap(alternatives).filter((entry) => !exists(entry.replaceAll("*", "")));
  });
  expect(missing).toEqual([]);
});

test.each(["packages/topic/", "packages/ws-server/", "packages/ws-client/", "apps/server/", "tooling/"])(
  "the map has every folder of %s",
  (folder) => {
    const sources = folder === "tooling/" ? folder : `${folder}src/`;
    const folders = files.flatMap((file) => {
      const [name, ...rest] = file.startsWith(sources) ? file.slice(sources.length).split("/") : [];
      return rest.length > 0 ? [`${name}/`] : [];
    });
    const entries = sections.get(folder) ?? [];
    const missing = [...new Set(folders)].filter((name) => !entries.some((entry) => entry.startsWith(name)));
    expect(missing.filter((name) => folder !== "tooling/" || !UNNAMED.has(name))).toEqual([]);
  },
);

/** Folders of tooling/ that explain themselves. */
const UNNAMED: ReadonlySet<string> = new Set(["test/", "tsconfig/"]);

/** Returns `a/x.ts` and `a/y.ts` for `a/{x,y}.ts`. */
function alternatives(entry: string): string[] {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(entry) ?? [];
  return choices === undefined ? [entry] : choices.split(",").map((choice) => `${before}${choice}${after}`);
}
