import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROWS } from "./rows.js";

const folder = new URL("../", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));

/** The table cites tests by file and name: this fails when a cited test is renamed or moved. */
test("every row of the catalogues that concerns the server has a test", () => {
  const texts = new Map(files.map((file) => [file, readFileSync(new URL(file, folder), "utf8")]));
  const hasTest = (file: string, title: string) => ['"', "`"].some((quote) => texts.get(file)?.includes(quote + title));
  const lines = ROWS.map(({ row, what, elsewhere }) => {
    const found =
      elsewhere === undefined
        ? files.filter((file) => hasTest(file, `${row} `))
        : files.filter((file) => file === elsewhere[0] && hasTest(file, elsewhere[1]));
    return `  ${row.padEnd(5)} ${what.padEnd(40)} ${found.join(", ") || "NO TEST"}`;
  });
  console.log(`catalogue, ${ROWS.length} rows\n${lines.join("\n")}`);
  expect(lines.filter((line) => line.endsWith("NO TEST"))).toEqual([]);
  expect(new Set(ROWS.map(({ row }) => row)).size).toBe(ROWS.length);
  const numbers = [...texts.values()].flatMap((text) => [...text.matchAll(/["`]([23]\.\d+) /g)].map(([, row]) => row));
  expect(numbers.filter((number) => !ROWS.some(({ row }) => row === number))).toEqual([]);
});
