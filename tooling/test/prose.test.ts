// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code
import { describe, expect, test } from "vitest";
import { findForbiddenWords } from "../src/prose/find.mjs";

function find(file: string, source: string): string[] {
  return findForbiddenWords(file, source).map(({ line, found }) => `${line}: ${found}`);
}

describe("finds forbidden words", () => {
  test.each([
    ["a document", "page.md", "# Title\n\nThe client is **told** why.\n", "3: told"],
    ["a list and a table of a document", "page.md", "- a list, read anew\n", "1: anew"],
    ["a line comment", "a.ts", "f(); // nobody listens\n", "1: nobody"],
    ["a docstring", "a.ts", "/**\n * Reads it.\n * @returns what was asked for\n */\nf();", "3: asked for"],
    ["a phrase that a line break divides", "a.ts", "// It was asked\n// for.\nf();", "1: asked for"],
    ["an error text", "a.ts", 'throw new Error("the server is told of it");', "1: told"],
    ["a template", "a.ts", "throw new Error(`${name} was told about ${topic}`);", "1: told"],
    ["a test name", "a.test.ts", 'test("a listener is told once", () => {});', "1: told"],
    ["JSX", "a.tsx", "const a = <p>You will be told when it ends.</p>;", "1: told"],
    ["a comment in Python", "a.py", "x = 1  # nobody knows\n", "1: nobody"],
    ["a docstring in Python", "a.py", 'def f():\n    """Sorts the keys anew."""\n', "2: anew"],
    ["an error text in Python", "a.py", 'raise ValueError("the caller is told nothing")\n', "1: told"],
    ["the start of a docstring", "a.ts", "/** What a topic is. */\nf();", "1: docstring beginning with What"],
  ])("in %s", (_, file, source, finding) => {
    expect(find(file, source)).toEqual([finding]);
  });
});

describe("ignores", () => {
  test.each([
    ["code in a document", "page.md", "Call `told()`:\n\n    told();\n\n```ts\ntold();\n```\n"],
    ["addresses", "page.md", "[text](https://example.com/told) and <https://example.com/told>\n"],
    ["identifiers and short literals", "a.ts", 'told("told", this.#told, { told: "at once" });'],
    ["code in comments", "a.ts", "// Calls `told`.\ntold();"],
    ["regular expressions", "a.ts", "const a = /is told by whom/;"],
    ["a line with a reason", "a.ts", "// prose-ok: a title\n// Nobody\nf();"],
    ["tables of the field's terms", "page.md", "The ws server has one sender; it stands for a person.\n"],
    ["a field that begins with Whether", "a.ts", "/** Whether it is open. */\nf();"],
  ])("%s", (_, file, source) => {
    expect(find(file, source)).toEqual([]);
  });
});
