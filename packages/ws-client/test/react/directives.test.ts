import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const sources = join(import.meta.dirname, "../../src");

const files = ["react", "devtools"].flatMap((folder) =>
  readdirSync(join(sources, folder)).map((name) => {
    const text = readFileSync(join(sources, folder, name), "utf8");
    return { file: `${folder}/${name}`, text };
  }),
);

test("every file that uses React, and every entry with hooks, begins with the directive of client modules", () => {
  const needing = files.filter(({ file, text }) => /\bfrom "react"/.test(text) || /\/index\.ts$/.test(file));
  expect(needing.length).toBeGreaterThan(10);
  expect(needing.filter(({ text }) => !text.startsWith('"use client";\n')).map(({ file }) => file)).toEqual([]);
});
