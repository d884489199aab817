import { expect, test } from "vitest";
import { html } from "../src/reporters/html.js";
import { junit } from "../src/reporters/junit.js";
import { summarize } from "../src/reporters/terminal.js";
import { aCase, runScripted, text } from "./support/scripted.js";

const cases = [
  aCase("a-1", "x"),
  aCase("a-2", "wrong", { expect: text('<script>"&\u0001') }),
  aCase("b-1", "crash", { features: ["float"] }),
  aCase("b-2", "x", { features: ["bigint"] }),
  aCase("b-3", "refuse"),
];

const report = await runScripted(
  cases,
  { hello: { name: "<b>scripted</b>", features: ["float"] } },
  { expectedFailures: [{ pattern: "b-3", reason: "later & <soon>" }] },
);

test("the summary always contains passed, failed and unsupported, and other statuses if their count is not 0", () => {
  expect(summarize(report.counts)).toBe("1 passed, 1 failed, 1 crashed, 1 failed as expected, 1 unsupported");
});

test("JUnit has one suite per theme, separates failures from errors, and skips unsupported cases and expected failures", () => {
  const xml = junit(report);
  expect(xml).toContain('<testsuite name="a" tests="2" failures="1" errors="0" skipped="0">');
  expect(xml).toContain('<testsuite name="b" tests="3" failures="0" errors="1" skipped="2">');
  expect(xml).toContain('message="expected failure: later &amp; &lt;soon&gt;"');
  expect(xml).not.toContain("<script>");
  expect(xml).not.toContain("\u0001");
});

test("JUnit contains stale expected failures and the harness fault", () => {
  const xml = junit({ ...report, stale: ["z-1: matches no case; remove the entry"], fault: "did not exit" });
  expect(xml).toContain('<testsuite name="run" tests="2" failures="1" errors="1" skipped="0">');
});

test("the HTML page has no scripts or external resources, and escapes text of the implementation", () => {
  const page = html([report, report]);
  expect(page).not.toMatch(/<script|<b>|https?:|src=|@import|url\(/);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain("&lt;b&gt;scripted&lt;/b&gt;");
});

test("the HTML page of several implementations has no id twice", () => {
  const ids = [...html([report, report]).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(ids).toEqual(["a-2-1", "b-1-1", "a-2-2", "b-1-2"]);
});

test("the HTML page shows how many of the cases that ran have passed, and lists each failure", () => {
  const page = html([report]);
  expect(page).toContain('title="1 passed, 1 failed">✗ 1<small>/2</small>');
  expect(page).toContain('<th scope="row">bigint</th><td class="none" title="1 unsupported">unsupported</td>');
  expect(page).toContain('<a href="#b-1"><code>b-1</code></a>\ncrashed <em>test case</em>');
  expect(page).toContain("later &amp; &lt;soon&gt; <small>hides 1 case</small>");
  expect(page).not.toContain('id="b-2"');
  expect(page.indexOf("What differs")).toBeLessThan(page.indexOf("By theme"));
});
