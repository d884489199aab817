import { describe, expect, test } from "vitest";
import { applyReplacements, type Edit, MarkedSource, planMutants } from "../../src/mutation-testing/marks.mjs";

function mutate(text: string, edit: Edit, mark = "m"): string {
  const source = new MarkedSource("source.ts", text);
  return applyReplacements(text, source.replacements({ name: "test", mark, edit }))
    .replaceAll(/\s+/g, " ")
    .trim();
}

describe("remove", () => {
  test.each([
    ["a statement", "// mutant: m\nfoo();\nbar();", "// mutant: m bar();"],
    ["a statement of several lines", "{\n// mutant: m\nfoo(\n1,\n);\n}", "{ // mutant: m }"],
    ["the body of an if", "if (a) /* mutant: m */ b();\nc();", "if (a) /* mutant: m */ ; c();"],
    ["a class member", "class A {\n// mutant: m\nfoo() {}\nbar = 1;\n}", "class A { // mutant: m bar = 1; }"],
    ["a property", "f({\na,\n// mutant: m\nb: 1,\nc,\n});", "f({ a, // mutant: m c, });"],
    ["the last property", "f({ a, /* mutant: m */ b });", "f({ a });"],
    ["an argument", "f(/* mutant: m */ a + 1, b);", "f(/* mutant: m */ b);"],
    ["the first operand", "f(/* mutant: m */ a === 1 && b);", "f(/* mutant: m */ b);"],
    ["another operand", "f(a && /* mutant: m */ b && c);", "f(a && c);"],
  ])("deletes %s", (_, before, after) => {
    expect(mutate(before, "remove")).toBe(after);
  });
});

describe("always, never and negate", () => {
  test.each([
    ["an if", "// mutant: m\nif (a && b) c();", "// mutant: m if (true) c();"],
    ["a loop", "// mutant: m\nwhile (a) c();", "// mutant: m while (true) c();"],
    ["a return", "f(() => {\n// mutant: m\nreturn a;\n});", "f(() => { // mutant: m return true; });"],
    ["a ternary's condition", "x = /* mutant: m */ a === b ? 1 : 2;", "x = /* mutant: m */ true ? 1 : 2;"],
    ["one operand", "if (a || /* mutant: m */ b > 1 || c) d();", "if (a || /* mutant: m */ true || c) d();"],
    ["a chain in parentheses", "x = /* mutant: m */ (a || b) && c;", "x = /* mutant: m */ true && c;"],
  ])("replace the condition of %s", (_, before, after) => {
    expect(mutate(before, "always")).toBe(after);
    expect(mutate(before, "never")).toBe(after.replace("true", "false"));
  });

  test("negate keeps the condition", () => {
    expect(mutate("// mutant: m\nif (a && b) c();", "negate")).toBe("// mutant: m if (!(a && b)) c();");
  });
});

describe("the other edits", () => {
  test("unwrap replaces a try, an if or a call by its block", () => {
    expect(mutate("// mutant: m\ntry { a(); } catch {}", "unwrap")).toBe("// mutant: m { a(); }");
    expect(mutate("// mutant: m\nif (a) b();", "unwrap")).toBe("// mutant: m b();");
    expect(mutate("// mutant: m\nlater(() => { a(); });", "unwrap")).toBe("// mutant: m { a(); }");
  });

  test("defer runs a statement in a later turn", () => {
    expect(mutate("// mutant: m\na();", "defer")).toBe("// mutant: m setImmediate(() => { a(); });");
  });

  test("argument replaces a call by one of its arguments", () => {
    expect(mutate("x = /* mutant: m */ least(a - b, c);", { argument: 0 })).toBe("x = /* mutant: m */ a - b;");
  });

  test("moveBefore moves a statement in either direction", () => {
    const text = "// mutant: first\na();\n// mutant: second\nb();";
    expect(mutate(text, { moveBefore: "first" }, "second")).toBe("// mutant: first b(); a(); // mutant: second");
    expect(mutate(text, { moveBefore: "second" }, "first")).toBe("// mutant: first // mutant: second a(); b();");
  });

  test("replace changes a text inside the marked code only", () => {
    expect(mutate("a(1);\n// mutant: m\na(1);", { replace: ["1", "$&"] })).toBe("a(1); // mutant: m a($&);");
  });

  test("with replaces all of the marked code", () => {
    expect(mutate("// mutant: m\na();", { with: "throw 1;" })).toBe("// mutant: m throw 1;");
  });
});

test("also makes further changes", () => {
  const text = "// mutant: m\na();\nb();\n// mutant: n\nc();";
  const [mutant] = planMutants(
    [{ name: "test", mark: "n", edit: "remove", also: [{ mark: "m", edit: "remove" }] }],
    [new MarkedSource("source.ts", text)],
  );
  expect(applyReplacements(text, mutant?.replacements ?? [])).toBe("// mutant: m\n\nb();\n// mutant: n\n");
});

test("rejects a mark that is in two sources", () => {
  const sources = ["one.ts", "other.ts"].map((file) => new MarkedSource(file, "// mutant: m\na();"));
  expect(() => planMutants([{ name: "test", mark: "m", edit: "remove" }], sources)).toThrow(
    'the mark "m" is in both one.ts and other.ts',
  );
});

test("finds marks below JSDoc and in JSX", () => {
  expect(mutate("class A {\n/** Text. */\n// mutant: m\nfoo() {}\n}", "remove")).toBe(
    "class A { /** Text. */ // mutant: m }",
  );
  const source = new MarkedSource("source.tsx", "const x = <p>{/* mutant: m */ a && <b />}</p>;");
  expect(source.replacements({ name: "test", mark: "m", edit: "never" })).toMatchObject([{ text: "false" }]);
});

describe("errors", () => {
  test.each<[string, string, Edit, RegExp]>([
    ["a repeated mark", "// mutant: m\na();\n// mutant: m\nb();", "remove", /source\.ts: the mark "m" occurs twice/],
    ["a mark at the end", "a();\n// mutant: m\n", "remove", /the mark "m" is not in front of code/],
    ["an unknown mark", "a(); // mutant: m\n", "remove", /"test" \(source\.ts\): no mark "m"/],
    ["a text that is missing", "// mutant: m\na();", { replace: ["b", "c"] }, /contains "b" 0 times/],
    ["a text that repeats", "// mutant: m\na(a);", { replace: ["a", "c"] }, /contains "a" 2 times/],
    ["no condition", "// mutant: m\na();", "never", /has no condition/],
    ["no block", "// mutant: m\na();", "unwrap", /has no block to unwrap/],
    ["no such argument", "// mutant: m\na(b);", { argument: 1 }, /is not a call with argument 1/],
    ["an unknown target", "// mutant: m\na();", { moveBefore: "n" }, /no mark "n" in the same file/],
  ])("names the mutant and the problem: %s", (_, text, edit, message) => {
    expect(() => mutate(text, edit)).toThrow(message);
  });
});
