import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { nameRepository, PUBLISHED } from "../src/release/packages.mjs";
import { root } from "../src/run.mjs";

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
const readJson = (...path: string[]) => JSON.parse(read(...path));

test("the list of published packages has every package that is not private", () => {
  const folders = ["packages", "apps", "examples"].flatMap((name) =>
    readdirSync(join(root, name)).map((child) => `${name}/${child}`),
  );
  const found = folders
    .filter((folder) => readdirSync(join(root, folder)).includes("package.json"))
    .map((folder) => [readJson(folder, "package.json"), folder] as const)
    .filter(([manifest]) => !manifest.private)
    .map(([{ name }, folder]) => [name, folder]);
  expect(Object.fromEntries(found)).toEqual(PUBLISHED);
});

test("packages get the address of the repository that the provenance names", () => {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const directory of Object.values(PUBLISHED)) {
    const file = join(folder, directory, "package.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{ "version": "1.0.0" }');
  }
  nameRepository(folder, "https://github.com/owner/name");
  expect(JSON.parse(readFileSync(join(folder, "apps/server/package.json"), "utf8"))).toEqual({
    version: "1.0.0",
    repository: { type: "git", url: "git+https://github.com/owner/name.git", directory: "apps/server" },
  });
});

// Otherwise the templates would name versions that are older than the packages, because a package without changesets is not published.
test("create-trading-app has the version of the packages that its templates name", () => {
  const [group] = readJson(".changeset/config.json").fixed as [string[]];
  expect(group).toContain("create-trading-app");
  for (const name of ["next", "vite"]) {
    const { dependencies, devDependencies } = readJson("examples", name, "package.json");
    const ours = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name in PUBLISHED);
    expect(ours.length).toBe(3);
    expect(group).toEqual(expect.arrayContaining(ours));
  }
});

test("workflows and the dev container use the Node.js of .nvmrc, and test the oldest one that packages accept", () => {
  const current = Number(read(".nvmrc"));
  expect(readJson(".devcontainer/devcontainer.json").image).toMatch(new RegExp(`^node:${current}-`));
  const { jobs } = parse(read(".github/workflows/ci.yml"));
  const { node } = jobs.platforms.strategy.matrix;
  expect(node).toContain(current);
  expect(readJson("package.json").engines.node).toBe(`>=${Math.min(...node)}.19`);
  for (const directory of Object.values(PUBLISHED)) {
    expect(readJson(directory, "package.json").engines.node).toBe(`>=${Math.min(...node)}.19`);
  }
});
