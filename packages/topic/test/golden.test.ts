import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runGolden } from "./helpers/golden.js";

const folder = fileURLToPath(new URL("../../topic-conformance/vectors/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));

test("finds the golden files", () => expect(files.length).toBeGreaterThan(5));

test.each(files)("passes %s", (name) => {
  const { passed, unsupported, differences } = runGolden([readFileSync(`${folder}${name}`, "utf8")]);
  expect(differences).toEqual([]);
  expect(passed).toBeGreaterThan(unsupported);
});
