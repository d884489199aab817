import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROWS } from "./rows.js";

/** Tests are renamed and moved; what the table says must stay true. */
test("every row of the catalogues that concerns the server has its test", () => {
  const lines = ROWS.map(({ row, what, file, test: name }) => {
    const isThere = readFileSync(new URL(`../${file}`, import.meta.url), "utf8").includes(name);
    return `  ${row.padEnd(5)} ${what.padEnd(40)} ${isThere ? file : `NOT IN ${file}: ${name}`}`;
  });
  console.log(`catalogue, ${ROWS.length} rows\n${lines.join("\n")}`);
  expect(lines.filter((line) => line.includes("NOT IN"))).toEqual([]);
  expect(new Set(ROWS.map(({ row }) => row)).size).toBe(ROWS.length);
});
