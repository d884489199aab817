import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HELP } from "../src/help.js";
import { call, diagnosticsOf, document2, folder, frame, objectOf, routeMessages, serverDocument } from "./support.js";

const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function snippets(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text as string,
  );
}

const commands = snippets("sh")
  .flatMap((text) => text.split("\n"))
  .filter((line) => line.startsWith("npx "));

/** A document that every command of the README can process. */
const document = document2({
  ...routeMessages("quotes", objectOf({}), objectOf({ n: {} })),
  ...routeMessages("equity", objectOf({})),
  ...routeMessages("executions", { ...objectOf({ symbol: { type: "string" } }), required: [] }),
  hello: frame("hello", {}),
});

test("the README has five commands", () => expect(commands).toHaveLength(5));

test.each(commands)("%s", async (command) => {
  const path = folder();
  const spec = join(path, "asyncapi.json");
  const needs = /--(require|skip-unsupported|types-only)/.test(command);
  writeFileSync(spec, JSON.stringify(command.includes("http:") ? serverDocument("2.4.0") : document));
  const words = command.replaceAll("'", "").split(" ").slice(2);
  const args = words.map((word) =>
    /asyncapi\.json$|^kraken\.yaml$/.test(word) ? spec : /^src\/.*\.ts$/.test(word) ? join(path, "routes.ts") : word,
  );
  const extra = needs || command.includes("http:") ? [] : ["--skip-unsupported"];
  expect(await call(...args, ...extra)).toMatchObject({ code: 0 });
});

test("the client example of the README type-checks against the generated module", () => {
  const [text = ""] = snippets("ts");
  const local = text.replace('"./routes.js"', '"./golden/server.generated.js"');
  expect(diagnosticsOf(local)).toEqual([]);
  // The check itself can fail.
  expect(diagnosticsOf(local.replace('"1"', '"2"'))).toHaveLength(1);
});

test("README and help list the same options and exit codes", () => {
  for (const option of ["--spec", "--out", "--check", "--key", "--require", "--skip-unsupported"]) {
    expect(page).toContain(option);
    expect(HELP).toContain(`\n  ${option}`);
  }
  expect([...page.matchAll(/^\| (\d) \|/gm)].map(([, code]) => code)).toEqual(["0", "1", "2"]);
  expect([...HELP.matchAll(/^ {2}(\d) {2}/gm)].map(([, code]) => code)).toEqual(["0", "1", "2"]);
});
