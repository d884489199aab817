import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copyPages } from "../site/src/pages.mjs";
import { renderSizes } from "../site/src/sizes-page.mjs";
import { publicEntries } from "../src/api-reports/entries.mjs";
import { root } from "../src/run.mjs";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "site-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Creates a repository with these files. */
function repository(files: Readonly<Record<string, string>>): string {
  const path = folder();
  execFileSync("git", ["init", "--quiet"], { cwd: path });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

test("every link of the documents leads to a file", () => {
  const { pages, problems } = copyPages(root, folder());
  expect(problems).toEqual([]);
  expect(pages.length).toBeGreaterThan(70);
});

test("links between documents stay, other files become text, and dead links are reported", () => {
  const from = repository({
    "README.md": "[guide](docs/guides/one.md#a) [code](packages/a/x.ts) `[no](link.md)` [out](https://example.com)",
    "docs/guides/one.md": '[home](../../README.md) [dead](two.md) [above](../../../x)\n<img src="../a.png">',
    "docs/a.png": "",
    "packages/a/x.ts": "",
    "packages/a/README.md": "[guides](../../docs/guides/one.md)",
  });
  const to = folder();
  const { pages, problems } = copyPages(from, to);
  expect(problems).toEqual(["docs/guides/one.md: two.md", "docs/guides/one.md: ../../../x"]);
  expect(pages.map(({ path }) => path)).toEqual(["index.md", "docs/guides/one.md", "packages/a/index.md"]);
  expect(readFileSync(join(to, "index.md"), "utf8")).toBe(
    "[guide](./docs/guides/one.md#a) code `[no](link.md)` [out](https://example.com)",
  );
  const page = readFileSync(join(to, "docs/guides/one.md"), "utf8");
  expect(page).toContain("[home](../../index.md)");
  expect(page).toContain('<img src="./../a.png">');
  expect(existsSync(join(to, "docs/a.png"))).toBe(true);
});

test("every public entry has a size budget, so that the page of sizes lists it", () => {
  const budgets = JSON.parse(readFileSync(join(root, ".size-limit.json"), "utf8")) as { path: string }[];
  const paths = budgets.map(({ path }) => path);
  const missing = publicEntries(root).filter(({ code }) => !paths.includes(code));
  expect(missing.map(({ name, code }) => `${name}: add ${code} to .size-limit.json`)).toEqual([]);
});

test("the page of sizes has what was measured for each budget", () => {
  const budgets = [
    { name: "@a/b: core", path: "b.js", ignore: ["zod", "node:*"] },
    { name: "@a/b/c", path: "c.js" },
  ];
  const sizes = [
    { name: "@a/b/c", size: 523, sizeLimit: 700 },
    { name: "@a/b: core", size: 12_796, sizeLimit: 12_800 },
  ];
  expect(renderSizes(budgets, sizes).split("\n").slice(-3)).toEqual([
    "| `@a/b`: core | 12.80 kB | 12.80 kB | `zod`, modules of Node.js |",
    "| `@a/b/c` | 523 B | 700 B |  |",
    "",
  ]);
  expect(() => renderSizes(budgets, sizes.slice(1))).toThrow('The size check has no result for "@a/b/c".');
});
