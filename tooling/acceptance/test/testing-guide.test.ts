// @vitest-environment happy-dom

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { root } from "../../src/run.mjs";

const GUIDE = "docs/guides/testing.md";
const folder = join(import.meta.dirname, "../.snippets-testing");

/** The tests of the guide's blocks. A block imports it instead of Vitest, because a test cannot define others. */
const collected = vi.hoisted(() => ({ tests: [] as { name: string; run: () => Promise<void> }[] }));
vi.stubGlobal("collectTest", (name: string, run: () => Promise<void>) => collected.tests.push({ name, run }));
const COLLECT = `import { expect, vi } from "vitest";
const test = globalThis.collectTest;
const beforeAll = (run) => run();
export { beforeAll, expect, test, vi };
`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
writeFileSync(join(folder, "collect.js"), COLLECT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(join(root, GUIDE), "utf8");
const blocks = [...text.matchAll(/^## (.+)$|^```(tsx?)\n([\s\S]*?)^```$/gm)].reduce<
  { heading: string; language: string; code: string }[]
>((found, [, heading, language = "", code = ""]) => {
  if (heading !== undefined) found.push({ heading, language: "", code: "" });
  else Object.assign(found.at(-1) as object, { language, code });
  return found;
}, []);

describe(GUIDE, () => {
  test.each(blocks.filter(({ code }) => code !== ""))(
    "the tests of $heading pass",
    async ({ heading, language, code }) => {
      const file = join(folder, `${heading.replaceAll(" ", "-")}.${language}`);
      writeFileSync(file, code.replace('from "vitest"', 'from "./collect.js"'));
      collected.tests.length = 0;
      const complaint = vi.spyOn(console, "error");
      await import(/* @vite-ignore */ file);
      expect(collected.tests.map(({ name }) => name)).not.toEqual([]);
      for (const { run } of collected.tests) await run();
      expect(complaint.mock.calls).toEqual([]);
      complaint.mockRestore();
    },
  );
});
