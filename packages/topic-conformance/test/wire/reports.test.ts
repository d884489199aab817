import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { wireBadge, wireJunit } from "../../src/reporters/wire-files.js";
import { wireHtml } from "../../src/reporters/wire-html.js";
import { firstMismatch, is } from "../../src/wire/match.js";
import type { WireReport } from "../../src/wire/report.js";
import { runScenarios } from "../../src/wire/run.js";
import { scenarioList, WireFailure, WireFault } from "../../src/wire/scenario.js";

const { scenarios, inGroup } = scenarioList<null>();
const order = inGroup({ section: "Order", tier: "required" });
order("good", "replies first", "The reply comes `first`.", async () => {});
order("bad", "stays silent <b>", "No update follows.", async () => {
  throw new WireFailure('{"a":1}', '{"a":"<script>"}', '/a: expected 1, received "<script>"');
});
order("known", "keeps the order", "Replies keep the order.", async () => {
  throw new WireFailure("a reply", "nothing");
});
order("broken", "needs the control endpoint", "No update follows.", async () => {
  throw new WireFault("no reply");
});
inGroup({ section: "Pong", tier: "session", needs: ["session"] })("pong", "sends a pong", "The reply.", async () => {});

function run(version = "1"): Promise<WireReport> {
  return runScenarios(
    "server",
    { name: "<b>mine</b>", version, features: [] },
    scenarios,
    scenarios,
    new Map(),
    async (trace, scenario) => {
      trace.add("→", "client", '{"type":"<i>"}');
      trace.add("←", "client", "close 1000");
      await scenario(null);
    },
    { expectedFailures: [{ pattern: "known", reason: "fixed in 2" }] },
  );
}

test("the page shows what differs first, with the sentence, both frames, their difference and the trace", async () => {
  const page = wireHtml([await run()]);
  expect(page).not.toMatch(/<script|<b>|<i>|https?:|src=|@import|url\(/);
  expect(page).toContain("<blockquote>No update follows.<cite>PROTOCOL.md, Order</cite></blockquote>");
  expect(page).toContain(
    "<dt>differs at</dt><dd><code>/a: expected 1, received &quot;&lt;script&gt;&quot;</code></dd>",
  );
  expect(page).toMatch(/<span class="received"> +\d+ ms ← client {2}close 1000<\/span>/);
  expect(page).toContain("keeps the order: fixed in 2");
  expect(page).toContain('title="1 passed, 1 failed, 1 failed as expected, 1 without a result">✗ 1<small>/4</small>');
  expect(page.indexOf("What differs")).toBeLessThan(page.indexOf("By section"));
});

test("the page of several implementations has a column for each, and no id twice", async () => {
  const page = wireHtml([await run("1"), await run("2"), await run("2")]);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("bad-3");
  const names = ["&lt;b&gt;mine&lt;/b&gt; 1", "&lt;b&gt;mine&lt;/b&gt; 2 (1)", "&lt;b&gt;mine&lt;/b&gt; 2 (2)"];
  expect(page).toContain(names.map((name) => `<th scope="col">${name}</th>`).join(""));
});

test("the JSON report matches its schema", async () => {
  const schema = JSON.parse(readFileSync(new URL("../../schemas/wire-report.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  validate(JSON.parse(JSON.stringify(await run())));
  expect(validate.errors).toBeNull();
});

test("JUnit has a suite for each section, and the sentence of a failure", async () => {
  const xml = wireJunit(await run());
  expect(xml).toContain('<testsuite name="Order" tests="4" failures="1" errors="1" skipped="1">');
  expect(xml).toContain("PROTOCOL.md, Order: No update follows.");
  expect(xml).toContain('message="expected failure: fixed in 2"');
});

test("the badge shows known failures in the verdict", async () => {
  const report = await run();
  expect(wireBadge(report)).toContain("wire protocol: harness fault");
  expect(wireBadge({ ...report, verdict: "conforms" })).toContain("conforms except 1 known failure");
});

test.each([
  [{ a: 1 }, { a: 1, b: 2 }, undefined],
  [{ a: { b: is.text } }, { a: { b: "" } }, '/a/b: expected a text that is not empty, received ""'],
  [{ a: 1 }, {}, "/a: expected 1, received absent"],
  [{ a: [1, 2] }, { a: [1] }, "/a/1: expected 2, received absent"],
  [{ a: [1] }, { a: [1, 2] }, "/a: expected [1], received [1,2]"],
  [[1], { 0: 1 }, '/: expected [1], received {"0":1}'],
])("the first mismatch of %j and %j is %j", (pattern, value, mismatch) => {
  expect(firstMismatch(pattern, value)).toBe(mismatch);
});
