import { readArguments, readCount } from "../arguments.js";
import { runConformance } from "../conformance.js";
import { type Console, formatCount, table } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { compileHarness, HARNESSES, type Harness, isInstalled } from "../harnesses.js";
import type { Mutant } from "../mutant.js";
import { MUTANTS } from "../mutants.generated.js";
import { type MutantResult, runMutants, UNCHANGED } from "../mutation-testing.js";
import type { ConformanceReport } from "../report.js";
import { write } from "../reporters/files.js";
import { html } from "../reporters/html.js";
import { Progress, printReport, VERDICT_LABELS } from "../reporters/terminal.js";
import { loadVectors, type Vector } from "../vectors.js";

/** Long, because `go run` compiles before the hello. The limit for a case is the default, which users of the kit have too. */
const HELLO_TIMEOUT_MS = 120_000;

/** The harnesses and mutants to check. Tests use a subset. */
export interface Plan {
  readonly harnesses: readonly Harness[];
  readonly mutants: readonly Mutant[];
  /** The cases to run. @default all */
  readonly cases?: readonly Vector[];
}

/** `topic-conformance self-check`: runs the harnesses and the mutants of this package. */
export async function selfCheck(
  args: readonly string[],
  console: Console,
  signal: AbortSignal,
  plan: Plan = { harnesses: HARNESSES, mutants: MUTANTS },
): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { "report-html": { type: "string" }, "timeout-ms": { type: "string" } },
  });
  const caseTimeoutMs = readCount("timeout-ms", values["timeout-ms"]);
  const { out, colors } = console;
  const vectors = loadVectors();
  const cases = plan.cases ?? vectors.cases;
  const runs: { readonly harness: Harness; readonly report: ConformanceReport }[] = [];
  let skipped = 0;
  let missing = 0;
  for (const harness of plan.harnesses) {
    if (!isInstalled(harness)) {
      if (harness.needs?.optional !== true) missing++;
      skipped++;
      console.err(`Skipping ${harness.name}: requires ${harness.needs?.install}`);
      continue;
    }
    const { command, remove } = compileHarness(harness);
    const progress = new Progress(console);
    const report = await runConformance({
      command,
      vectors,
      cases,
      helloTimeoutMs: HELLO_TIMEOUT_MS,
      ...(caseTimeoutMs !== undefined && { caseTimeoutMs }),
      signal,
      onStart: ({ name }, total) => progress.start(name, total),
      onResult: (result) => progress.step(result),
    }).finally(() => {
      progress.stop();
      remove();
    });
    if (report.verdict !== harness.verdict) printReport(report, console);
    runs.push({ harness, report });
  }
  const mutants = await runMutants(cases, [UNCHANGED, ...plan.mutants]);

  out(colors.bold(`${formatCount(cases.length)} cases, vectors version ${vectors.version}\n`));
  out(harnessTable(runs));
  out(`\n${mutantTable(mutants)}\n`);
  const unexpected = runs.filter(({ harness, report }) => report.verdict !== harness.verdict);
  const modified = mutants.filter(({ mutant }) => mutant !== UNCHANGED);
  const killed = modified.filter(({ killedBy }) => killedBy !== undefined);
  const unchangedFails = mutants.some(({ mutant, killedBy }) => mutant === UNCHANGED && killedBy !== undefined);
  out(`${runs.length - unexpected.length} of ${runs.length} harnesses have the expected verdict, ${skipped} skipped`);
  out(`${killed.length} of ${modified.length} mutants killed`);
  write(values["report-html"], () => html(runs.map(({ report }) => report)));

  if (runs.some(({ report }) => report.verdict === "harness_fault")) return EXIT.harnessFault;
  if (missing > 0 && process.env.CI === "true") return EXIT.harnessFault;
  return unexpected.length > 0 || killed.length < modified.length || unchangedFails ? EXIT.differs : EXIT.conforms;
}

function harnessTable(runs: readonly { readonly harness: Harness; readonly report: ConformanceReport }[]): string {
  const rows = runs.map(({ harness, report: { counts, implementation, durationMs, verdict } }) => [
    harness.name,
    implementation.language,
    formatCount(counts.passed),
    formatCount(counts.failed + counts.crashed + counts.timed_out),
    formatCount(counts.unsupported),
    formatCount(durationMs),
    verdict === harness.verdict ? `${VERDICT_LABELS[verdict]} (expected)` : `${VERDICT_LABELS[verdict]} (UNEXPECTED)`,
  ]);
  return table([["harness", "language", "passed", "failed", "unsupported", "ms", "verdict"], ...rows]);
}

function mutantTable(results: readonly MutantResult[]): string {
  const rows = results.map(({ mutant, killedBy }) => [
    mutant.name,
    killedBy ?? (mutant === UNCHANGED ? "survived (expected)" : "SURVIVED"),
    mutant.description,
  ]);
  return table([["mutant", "killed by", "bug"], ...rows]);
}
