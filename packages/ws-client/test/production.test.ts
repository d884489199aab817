import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTexts, withNumbers } from "@trading/tooling/find-texts";
import { readSentences, renderTexts } from "@trading/tooling/text-numbers";
import { expect, test } from "vitest";
import internalNames from "../internal-names.json" with { type: "json" };
import { text } from "../src/text.js";
import { text as numbered } from "../src/text.production.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
const root = join(folder, "../..");

/** The sources below a folder, as one text, by the parts of the package. */
function sourcesOf(path: string, isPart: (file: string) => boolean = () => true): string {
  const files = readdirSync(path, { recursive: true }).map(String);
  return files
    .filter((file) => /\.tsx?$/.test(file) && isPart(file))
    .map((file) => readFileSync(join(path, file), "utf8"))
    .join("\n");
}

test("every error's message has its number and its entry in docs/errors.md", () => {
  const { json, page } = renderTexts(folder, readSentences(folder));
  expect(readFileSync(join(folder, "error-texts.json"), "utf8"), "run `npm run generate`").toBe(json);
  expect(readFileSync(join(folder, "docs/errors.md"), "utf8"), "run `npm run generate`").toBe(page);
  expect(page, "an element of HTML").not.toMatch(/(?<!\\)<[A-Za-z]/);
});

test("new messages get new numbers, and those of removed ones stay theirs", () => {
  const { json, page } = renderTexts(folder, ["A sentence of an earlier version", "Stopped {topic} before the reply"]);
  expect(JSON.parse(json).slice(0, 2)).toEqual([
    "A sentence of an earlier version",
    "Stopped {topic} before the reply",
  ]);
  expect(page).toContain("## Error 1\n\n> A sentence of an earlier version\n\nOnly in earlier versions.");
  expect(page).toContain("## Error 2\n\n> Stopped {topic} before the reply\n\nCode: `stopped`.");
});

test("a message is a number with its values in a build for production", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source code
  const source = "throw new ClientError('x', text`No ${item.name} within ${(a + b)} ms: \\`wait\\``);";
  expect(findTexts(source)[0]?.sentence).toBe("No {name} within {value} ms: `wait`");
  const numbers = new Map([["No {name} within {value} ms: `wait`", 7]]);
  expect(withNumbers(source, numbers)).toBe("throw new ClientError('x', text(7, item.name, (a + b)));");
  expect(() => withNumbers(source, new Map())).toThrow("run `npm run generate`");
  expect(text`No ${"reply"} within ${5} ms: \`wait\``).toBe("No reply within 5 ms: `wait`");
  expect(numbered(7, "reply", 5)).toBe("Error 7, reply, 5: see docs/errors.md in @trading/ws-client");
});

/** Whether a source file belongs to another entry than the core. */
const isEntry = (file: string) =>
  /^(compact|devtools|react|rest|ssr|stores|svelte|tabs|testing|tradingview|vue)\b/.test(file);

const core = sourcesOf(join(folder, "src"), (file) => !isEntry(file));
const entries = sourcesOf(join(folder, "src"), isEntry);
const topic = sourcesOf(join(root, "packages/topic/src"));
const protocol = readFileSync(join(root, "PROTOCOL.md"), "utf8");

const libraryFolder = join(root, "node_modules/typescript/lib");
/** The names of the members of JavaScript and of the platforms. */
const libraryNames = new Set(
  readdirSync(libraryFolder)
    .filter((file) => /^lib\.(dom|es|webworker).*\.d\.ts$/.test(file))
    .flatMap(
      (file) => readFileSync(join(libraryFolder, file), "utf8").match(/^ +(readonly |get )?\w+(?=\??[:(<])/gm) ?? [],
    )
    .map((declared) => declared.trim().split(" ").at(-1)),
);

// In a build for production every property with such a name is renamed, whatever its object is.
test.each(internalNames)("the internal name %s belongs to the core alone", (name) => {
  const asProperty = new RegExp(`\\.${name}\\b|^ *(readonly )?${name}\\??[(:]`, "m");
  expect(asProperty.test(core), "declared in the core").toBe(true);
  expect(new RegExp(`["']${name}["']`).test(core), "quoted, where it is not renamed").toBe(false);
  expect(asProperty.test(entries), "a member in another entry, which may be public").toBe(false);
  expect(asProperty.test(topic), "a member of an object of @trading/topic").toBe(false);
  expect(protocol.includes(`"${name}"`), "a member of a frame").toBe(false);
  expect(libraryNames.has(name), "a member of an object of the platform").toBe(false);
});

test("no public type of the core has a member with an internal name", () => {
  const index = readFileSync(join(folder, "src/index.ts"), "utf8");
  const names = [...index.matchAll(/\b(?:type )?([A-Z]\w+)(?=[,\s])/g)].map(([, name]) => name as string);
  expect(names).toContain("ClientOptions");
  expect(names).toContain("ClientError");
  for (const name of names) {
    const [declaration] =
      new RegExp(`^export (?:interface|class) ${name}\\b[\\s\\S]*?^}|^export type ${name}\\b[\\s\\S]*?;$`, "m").exec(
        core,
      ) ?? [];
    expect(declaration, name).toBeDefined();
    for (const internal of internalNames) {
      expect(declaration, name).not.toMatch(new RegExp(`^ +(readonly )?${internal}\\b`, "m"));
    }
  }
});

test("every entry has a build for production", () => {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const [entry, conditions] of Object.entries<{ import?: { production?: string; default: string } }>(exports)) {
    const { import: esm } = conditions;
    if (esm) expect(esm.production, entry).toBe(esm.default.replace("/esm/", "/production/"));
  }
});
