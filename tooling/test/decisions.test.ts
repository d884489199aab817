import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../docs/decisions/", import.meta.url));

test("the index of the decisions links each of them once, with its title", () => {
  const files = readdirSync(folder).filter((file) => file !== "README.md");
  const titles = files.map((file) => {
    const [first = ""] = readFileSync(folder + file, "utf8").split("\n");
    return `- [${first.replace("# ", "")}](${file})`;
  });
  const index = readFileSync(`${folder}README.md`, "utf8");
  const listed = index.split("\n").flatMap((line) => /^- \[.+\]\(.+?\)/.exec(line)?.[0] ?? []);
  expect(listed.toSorted()).toEqual(titles.toSorted());
});

test("no two decisions have one number, which is that of their file", () => {
  const files = readdirSync(folder).filter((file) => file !== "README.md");
  expect(new Set(files.map((file) => file.slice(0, 4))).size).toBe(files.length);
  for (const file of files) {
    expect(readFileSync(folder + file, "utf8"), file).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
  }
});
