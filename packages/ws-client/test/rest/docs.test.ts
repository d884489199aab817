import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

const page = readFileSync(new URL("../../docs/rest.md", import.meta.url), "utf8");
const folder = fileURLToPath(new URL(".snippets/", import.meta.url));
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("prints what the page's example says", async () => {
  const [, block = ""] = page.match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  const file = `${folder}example.ts`;
  writeFileSync(file, `${block.replace('"@trading/ws-client/rest"', '"../../../src/rest/index.js"')}\nexport {};\n`);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await import(/* @vite-ignore */ file);
  const printed = log.mock.calls.map((values) => values.join(" "));
  log.mockRestore();

  expect(printed).toEqual([...page.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, line]) => line));
  expect(printed).toHaveLength(1);
});

test("lists every route of the interfaces", () => {
  const source = readFileSync(new URL("../../src/rest/rest.ts", import.meta.url), "utf8");
  const routes = [...source.matchAll(/\/\*\* `(\w+ [\w/{}]+)/g)].map(([, route]) => route as string);

  expect(routes).toHaveLength(20);
  for (const route of routes) expect(page).toContain(route);
});
