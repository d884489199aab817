import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createColors } from "picocolors";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { selfCheck } from "../src/commands/self-check.js";
import type { Console } from "../src/console.js";
import { HARNESSES } from "../src/harnesses.js";
import { main } from "../src/main.js";
import { MUTANTS } from "../src/mutants.generated.js";
import { filterVectors, loadVectors } from "../src/vectors.js";
import { bundle } from "./support/bundle.js";
import { scripted } from "./support/scripted.js";

const folder = mkdtempSync(join(tmpdir(), "topic-conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));

const neverAborted = new AbortController().signal;

function capture(): { readonly console: Console; readonly out: string[]; readonly err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const console = { out: out.push.bind(out), err: err.push.bind(err), colors: createColors(false) };
  return { console, out, err };
}

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { console, out, err } = capture();
  const code = await main(args, console, neverAborted);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const node = HARNESSES.find(({ name }) => name === "node")?.command ?? [];
const legacy = HARNESSES.find(({ name }) => name === "legacy")?.command ?? [];

describe("run", () => {
  test("exits with 0 and writes the reports if the implementation conforms", async () => {
    const files = ["json", "junit", "html"].map((kind) => join(folder, "reports", `run.${kind}`));
    const [json = "", junit = "", html = ""] = files;
    const reports = ["--report-json", json, "--report-junit", junit, "--report-html", html];
    const { code, out } = await call("run", "--filter", "theme:keys", ...reports, "--", ...node);
    expect(out).toMatch(/456 passed, 0 failed, 0 unsupported: conforms/);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ verdict: "conforms", counts: { passed: 456 } });
    expect(readFileSync(junit, "utf8")).toContain('<testsuite name="keys" tests="456" failures="0"');
    expect(readFileSync(html, "utf8")).toContain("node-starter");

    const page = join(folder, "matrix.html");
    expect((await call("matrix", "--out", page, json, json)).code).toBe(0);
    expect(readFileSync(page, "utf8").match(/<article/g)).toHaveLength(2);
  });

  test("exits with 1 and prints the bytes if the implementation differs", async () => {
    const { code, out } = await call("run", "--filter", "table-0007", "--", ...legacy);
    expect(code).toBe(1);
    expect(out).toContain("first difference at byte 1 (expected 8 bytes, got 3)");
    expect(out).toMatch(/0 passed, 1 failed, 0 unsupported: differs/);
  });

  test("exits with 0 for an expected failure and with 1 for a stale one", async () => {
    const file = join(folder, "expected.txt");
    writeFileSync(file, "table-0007  does not escape DEL\n");
    const filter = ["--filter", "table-0007", "--expected-failures", file];
    const known = await call("run", ...filter, "--", ...legacy);
    expect(known).toMatchObject({
      code: 0,
      out: expect.stringContaining("expected failure  table-0007  does not escape DEL"),
    });
    const stale = await call("run", ...filter, "--", ...node);
    expect(stale).toMatchObject({ code: 1, out: expect.stringContaining("table-0007: passes now; remove the entry") });
  });

  test.each([
    [["run"], /Missing harness command after --/],
    [["run", "--filter", "nothing-*", "--", "true"], /No case matches --filter nothing-\*/],
    [["run", "--no-such-option", "--", "true"], /no-such-option/],
    [
      ["run", "--timeout-ms", "soon", "--", "true"],
      /Invalid option --timeout-ms: expected an integer >= 0, got "soon"/,
    ],
    [["run", "--expected-failures", "missing.txt", "--", "true"], /missing\.txt: ENOENT/],
    [["run", "--vectors", folder, "--", "true"], /Cannot read --vectors .*manifest\.json/],
    [["explain", "--vectors", folder, "num-0001"], /Cannot read --vectors .*manifest\.json/],
    [["run", "--require-features", "floats", "--", "true"], /unknown feature "floats"/],
    [["run", "--profile", "all", "--", "true"], /expected one of routes, python, full, got "all"/],
    [["run", "--requirements", "0.9.0", "--", "true"], /expected one of 1\.0\.0, 1\.1\.0, got "0\.9\.0"/],
    [
      ["run", "--filter", "key-0001", "--report-json", join(folder, "file", "a.json"), "--", ...node],
      /Cannot write the report .*a\.json: E/,
    ],
    [["explain"], /Missing case id/],
    [["explain", "num-9999"], /Unknown case "num-9999"/],
    [["matrix"], /Missing --out or reports/],
    [["init"], /Expected one language, got 0\. Languages: python, node, go/],
    [["init", "cobol"], /No starter for "cobol"\. Languages: python/],
    [["frobnicate"], /Unknown command "frobnicate"/],
    [[], /Usage/],
  ])("exits with 2 for invalid arguments: %o", async (args, message) => {
    writeFileSync(join(folder, "file"), "");
    const { code, err } = await call(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("a harness fault", () => {
  test.each([
    [["no-such-program-here"], /cannot start `no-such-program-here`/],
    [scripted({ firstLine: "\u001b]0;title\u0007hi" }), /expected a line of JSON in UTF-8, got "\\u001b/],
  ])("exits with 2 and writes the reports, also without a hello: %o", async (command, message) => {
    const json = join(folder, "fault.json");
    const { code, out } = await call("run", "--report-json", json, "--", ...command);
    expect(code).toBe(2);
    expect(out).toMatch(message);
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
      verdict: "harness_fault",
      fault: expect.stringMatching(message),
      counts: { passed: 0 },
    });
  });

  test("prints no control characters of a harness", async () => {
    const { code, out } = await call(
      "run",
      "--filter",
      "key-0001",
      "--",
      ...scripted({ hello: { name: "\u001b[31mred" }, stderr: "\u001b[2Jcleared\n", exitCode: 3 }),
    );
    expect(code).toBe(2);
    expect(out).toContain("\\x1b[31mred");
    expect(out).toContain("\\x1b[2Jcleared");
    expect(out).not.toContain("\u001b");
  });
});

test("--version prints the version of the package and of the vectors", async () => {
  expect((await call("--version")).out).toMatch(/^topic-conformance \d+\.\d+\.\d+, vectors 1\.1\.0$/);
});

test("--watch runs again after a change, until it is stopped", async () => {
  const watched = mkdtempSync(join(folder, "watched-"));
  const { console: silent, err } = capture();
  const controller = new AbortController();
  let summaries = 0;
  const console: Console = {
    ...silent,
    err: (text) => {
      err.push(text);
      if (text.startsWith("Watching")) writeFileSync(join(watched, "topic.js"), "");
    },
    out: (text) => {
      if (/ passed, /.test(text) && text.includes("conforms") && ++summaries === 2) controller.abort();
    },
  };
  const args = ["run", "--watch", watched, "--filter", "key-0001", "--", ...node];
  expect(await main(args, console, controller.signal)).toBe(0);
  expect(err).toEqual([`Watching ${watched}. Press Ctrl-C to stop.`]);
});

describe("help", () => {
  test.each(["run", "init", "explain", "list", "matrix", "self-check"])("shows an example of %s", async (command) => {
    const { code, out } = await call(command, "--help");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples?\n  topic-conformance ${command === "matrix" ? "run" : command}`));
    expect((await call("help", command)).out).toBe(out);
  });

  test("is not shown for a --help after --, which belongs to the harness", async () => {
    const { out } = await call("run", "--", "no-such-program-here", "--help");
    expect(out).toMatch(/cannot start/);
  });
});

describe("explain and list", () => {
  test("explain prints all fields of a case", async () => {
    const { out } = await call("explain", "table-0009");
    for (const text of ["why", "source", "contract-table", "params", '"\\uffee":2', "7b 22 5c 75 66 66 65 65"]) {
      expect(out).toContain(text);
    }
    expect((await call("explain", "refuse-0080")).out).toContain("error too_long");
  });

  test("list prints one line per case, the themes, or the cases as JSON", async () => {
    const { out } = await call("list", "--filter", "op:parse", "--filter", "feature:cycle");
    expect(out).toContain("parse-0001");
    expect(out).not.toContain("key-0001");
    expect((await call("list", "--themes")).out).toMatch(/^theme +cases +features\ncontract-table +\d+/);
    const [line = ""] = (await call("list", "--json", "--filter", "key-0001")).out.split("\n");
    expect(JSON.parse(line)).toMatchObject({ id: "key-0001", op: "params" });
  });
});

describe("self-check", () => {
  const cases = filterVectors(loadVectors().cases, ["theme:contract-table", "theme:keys"]);
  const check = (harnesses: readonly (typeof HARNESSES)[number][], mutants = MUTANTS.slice(0, 2)) => {
    const { console, out } = capture();
    return selfCheck(["--timeout-ms", "60000"], console, neverAborted, { harnesses, mutants, cases }).then((code) => ({
      code,
      out: out.join("\n"),
    }));
  };

  test("exits with 0 if all verdicts are as expected and all mutants are killed", async () => {
    const { code, out } = await check(HARNESSES.filter(({ name }) => name === "node" || name === "legacy"));
    expect(out).toContain("2 of 2 harnesses have the expected verdict, 0 skipped");
    expect(out).toContain("2 of 2 mutants killed");
    expect(code).toBe(0);
  });

  test("exits with 1 if a harness has an unexpected verdict or a mutant survives", async () => {
    const passing = { name: "node", command: node, verdict: "differs" as const };
    expect(await check([passing])).toMatchObject({ code: 1, out: expect.stringContaining("conforms (UNEXPECTED)") });
    const harmless = {
      name: "harmless",
      description: "no bug",
      replacements: [{ start: 0, end: 0, text: "// a comment\n" }],
    };
    expect(await check([], [harmless])).toMatchObject({ code: 1, out: expect.stringContaining("SURVIVED") });
  });
});

describe("the process", () => {
  let cli = "";
  beforeAll(async () => {
    const bundled = await bundle("src/cli.ts");
    cli = bundled.file;
    return () => rmSync(bundled.folder, { recursive: true });
  });

  test("prints plain text without a terminal and exits with the exit code of the run", async () => {
    // CI and FORCE_COLOR enable colors without a terminal.
    const { CI: _ci, FORCE_COLOR: _force, ...env } = process.env;
    const child = spawn(process.execPath, [cli, "run", "--filter", "table-0007", "--", ...legacy], { env });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(text).toContain("0 passed, 1 failed, 0 unsupported: differs\n");
    expect(text).not.toContain("\u001b");
  });

  test("ends without an error if the reader of its output exits first", async () => {
    const child = spawn(process.execPath, [cli, "list"], { stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      errors += more;
    });
    child.stdout.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    expect(errors).toBe("");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("kills the harness and exits on %s", async (signal, code) => {
    // A child process of the harness connects to this server. The connection closes when the child exits.
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const args = ["run", "--hello-timeout-ms", "60000", "--", ...scripted({ child: port, silent: true })];
    const child = spawn(process.execPath, [cli, ...args], { stdio: "ignore" });
    const [socket] = await once(server, "connection");
    const closed = once(socket.resume(), "close");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([code, null]);
    await closed;
  });
});
