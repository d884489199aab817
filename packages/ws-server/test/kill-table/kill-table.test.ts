import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { BUGS, type Bug } from "./bugs.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const ours = fileURLToPath(new URL("../..", import.meta.url));
/** Inside the package, so that its dependencies are found. */
const ground = join(ours, ".kill-table");
/** Fast tests, which open no port: what they do not see, the model should. */
const TESTS = [
  "topic-registry.test.ts",
  "connection.test.ts",
  "delivery.test.ts",
  "heartbeat.test.ts",
  "pub-sub.test.ts",
];
const SOUND = "sound";

/** What one copy's run of the tests has told. */
interface Verdict {
  readonly failed: readonly string[];
  readonly passed: number;
}

/** A copy of the sources and of those tests, with a bug planted in it. */
function plant(name: string, bug?: Bug): void {
  const folder = join(ground, name);
  mkdirSync(join(folder, "test"), { recursive: true });
  cpSync(join(ours, "src"), join(folder, "src"), { recursive: true });
  for (const file of ["helpers.ts", "model", ...TESTS]) {
    cpSync(join(ours, "test", file), join(folder, "test", file), { recursive: true });
  }
  if (bug === undefined) return;
  const path = join(folder, "src", bug.file);
  const source = readFileSync(path, "utf8");
  const found = source.split(bug.find).length - 1;
  if (found !== 1) throw new Error(`"${bug.name}": what it replaces is in ${bug.file} ${found} times, not once`);
  writeFileSync(
    path,
    source.replace(bug.find, () => bug.replace),
  );
}

/** Runs the tests of all copies in one vitest. */
async function run(): Promise<ReadonlyMap<string, Verdict>> {
  const report = join(ground, "report.json");
  const config = join(ground, "vitest.config.mjs");
  const conditions = ["@trading/source", "node", "import", "module", "default"];
  const settings = {
    ssr: { resolve: { conditions } },
    test: {
      root: ground,
      include: ["*/test/**/*.test.ts"],
      testTimeout: 5_000,
      maxWorkers: availableParallelism(),
      // A bug that makes a test reject late would end the run of all.
      dangerouslyIgnoreUnhandledErrors: true,
    },
  };
  writeFileSync(config, `export default ${JSON.stringify(settings)};\n`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile.json=${report}`];
  // A fixed seed: whether a bug is caught must not depend on luck.
  const env = { ...process.env, MODEL_RUNS: "400", MODEL_SEED: "20261122", MODEL_SHRINK: "no" };
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: ground, env, maxBuffer: 2 ** 28 }, resolve));
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: { name: string; status: string; assertionResults: { status: string; title: string }[] }[];
  };
  const verdicts = new Map<string, { failed: string[]; passed: number }>();
  for (const { name, status, assertionResults } of testResults) {
    const [folder = "", , ...file] = name.slice(ground.length + 1).split("/");
    const verdict = verdicts.get(folder) ?? { failed: [], passed: 0 };
    verdicts.set(folder, verdict);
    if (status === "failed" && assertionResults.length === 0) verdict.failed.push(file.join("/"));
    for (const { status: outcome, title } of assertionResults) {
      if (outcome === "failed") verdict.failed.push(`${file.join("/")}: ${title}`);
      else verdict.passed++;
    }
  }
  return verdicts;
}

afterAll(() => rmSync(ground, { recursive: true, force: true }));

test(`${BUGS.length} planted bugs are each caught`, { timeout: 600_000 }, async () => {
  rmSync(ground, { recursive: true, force: true });
  plant(SOUND);
  for (const [index, bug] of BUGS.entries()) plant(`bug-${index}`, bug);
  const start = performance.now();
  const verdicts = await run();
  const rows = BUGS.map((bug, index) => {
    const [first, ...others] = verdicts.get(`bug-${index}`)?.failed ?? [];
    const by =
      first === undefined ? "SURVIVED" : `${first.slice(0, 70)}${others.length > 0 ? ` (+${others.length})` : ""}`;
    return `  ${`${bug.isOrigins ? "origin: " : ""}${bug.name}`.padEnd(76)} ${by}`;
  });
  console.log(`kill table, ${((performance.now() - start) / 1_000).toFixed(0)} s\n${rows.join("\n")}`);
  // If the tests fail without a bug, they catch nothing.
  expect(verdicts.get(SOUND)?.failed).toEqual([]);
  expect(verdicts.get(SOUND)?.passed).toBeGreaterThan(50);
  expect(rows.filter((row) => row.endsWith("SURVIVED"))).toEqual([]);
});
