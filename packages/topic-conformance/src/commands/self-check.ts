import { readArguments } from "../arguments.js";
import { type ConformanceReport, runConformance } from "../conformance.js";
import { type Console, formatCount, table } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { HARNESSES, type Harness, isInstalled } from "../harnesses.js";
import { type Kill, killTable, UNCHANGED } from "../kill-table.js";
import { MUTANTS, type Mutant } from "../mutants.js";
import { write } from "../reporters/files.js";
import { html } from "../reporters/html.js";
import { Progress, printReport, VERDICT_WORDS } from "../reporters/terminal.js";
import { loadVectors } from "../vectors.js";

/** The cases at the length limit write 16 MiB piece by piece, and Go compiles before it says hello. */
const TIMEOUTS = { caseTimeoutMs: 60_000, helloTimeoutMs: 120_000 };

/** What there is to check. Tests give less. */
export interface Plan {
  readonly harnesses: readonly Harness[];
  readonly mutants: readonly Mutant[];
}

/** `topic-conformance self-check`: the kit against its own harnesses and mutants. */
export async function selfCheck(
  args: readonly string[],
  console: Console,
  signal: AbortSignal,
  plan: Plan = { harnesses: HARNESSES, mutants: MUTANTS },
): Promise<number> {
  const { values } = readArguments({ args: [...args], options: { "report-html": { type: "string" } } });
  const { out, colors } = console;
  const vectors = loadVectors();
  const runs: { readonly harness: Harness; readonly report: ConformanceReport }[] = [];
  let missing = 0;
  for (const harness of plan.harnesses) {
    if (!isInstalled(harness)) {
      missing++;
      console.err(`${harness.name} is skipped: install ${harness.needs?.install}.`);
      continue;
    }
    const progress = new Progress(console);
    const report = await runConformance({
      command: harness.command,
      vectors,
      ...TIMEOUTS,
      signal,
      onStart: ({ name }, total) => progress.start(name, total),
      onResult: (result) => progress.step(result),
    }).finally(() => progress.stop());
    if (report.verdict !== harness.verdict) printReport(report, console);
    runs.push({ harness, report });
  }
  const kills = await killTable(vectors.cases, [UNCHANGED, ...plan.mutants]);

  out(colors.bold(`${formatCount(vectors.cases.length)} cases, version ${vectors.version}\n`));
  out(harnessTable(runs));
  out(`\n${killRows(kills)}\n`);
  const unexpected = runs.filter(({ harness, report }) => report.verdict !== harness.verdict);
  const mutants = kills.filter(({ mutant }) => mutant !== UNCHANGED);
  const killed = mutants.filter(({ killedBy }) => killedBy > 0);
  const unchangedFails = kills.some(({ mutant, killedBy }) => mutant === UNCHANGED && killedBy > 0);
  out(`${runs.length - unexpected.length} of ${runs.length} harnesses as they must be, ${missing} skipped`);
  out(`${killed.length} of ${mutants.length} mutants killed`);
  write(values["report-html"], () => html(runs.map(({ report }) => report)));

  if (runs.some(({ report }) => report.verdict === "harness_fault")) return EXIT.harnessFault;
  if (missing > 0 && process.env.CI === "true") return EXIT.harnessFault;
  return unexpected.length > 0 || killed.length < mutants.length || unchangedFails ? EXIT.differs : EXIT.conforms;
}

function harnessTable(runs: readonly { readonly harness: Harness; readonly report: ConformanceReport }[]): string {
  const rows = runs.map(({ harness, report: { counts, implementation, durationMs, verdict } }) => [
    harness.name,
    implementation.language,
    formatCount(counts.passed),
    formatCount(counts.failed + counts.crashed + counts.timed_out),
    formatCount(counts.unsupported),
    formatCount(durationMs),
    verdict === harness.verdict ? `${VERDICT_WORDS[verdict]}, as it must` : `${VERDICT_WORDS[verdict]}: WRONG`,
  ]);
  return table([["harness", "language", "passed", "failed", "unsupported", "ms", "verdict"], ...rows]);
}

function killRows(kills: readonly Kill[]): string {
  const rows = kills.map(({ mutant, killedBy, first }) => [
    mutant.name,
    formatCount(killedBy),
    first ?? (mutant === UNCHANGED ? "survives, as it must" : "SURVIVES"),
    mutant.description,
  ]);
  return table([["mutant", "killed by", "first", "the bug"], ...rows]);
}
