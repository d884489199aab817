import { readFileSync } from "node:fs";
import { readArguments, readCount, selectVectors, VECTOR_OPTIONS } from "../arguments.js";
import { failedStart, runConformance } from "../conformance.js";
import type { ConformanceOptions } from "../conformance-options.js";
import { type Console, UsageError } from "../console.js";
import { EXIT_OF } from "../exit-codes.js";
import { type ExpectedFailure, parseExpectedFailures } from "../expected-failures.js";
import { findProfile, parseFeatures } from "../features.js";
import { HarnessError } from "../implementation.js";
import type { ConformanceReport } from "../report.js";
import { REPORT_OPTIONS, writeReports } from "../reporters/files.js";
import { Progress, printReport } from "../reporters/terminal.js";
import type { VectorSet } from "../vectors.js";
import { runFuzz } from "./fuzz.js";
import { watchFolder } from "./watch.js";

/** `topic-conformance run [options] -- <command...>` */
export async function run(args: readonly string[], console: Console, signal: AbortSignal): Promise<number> {
  const { values, positionals: command } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...VECTOR_OPTIONS,
      ...REPORT_OPTIONS,
      "expected-failures": { type: "string" },
      "timeout-ms": { type: "string" },
      "hello-timeout-ms": { type: "string" },
      "total-timeout-ms": { type: "string" },
      "give-up-after": { type: "string" },
      pipeline: { type: "string" },
      profile: { type: "string" },
      "require-features": { type: "string" },
      requirements: { type: "string" },
      watch: { type: "string" },
      fuzz: { type: "string" },
      seed: { type: "string" },
    },
  });
  if (command.length === 0) {
    throw new UsageError("Missing harness command after --. Example: topic-conformance run -- python3 harness.py");
  }
  const counts = readCounts(values);
  const fuzzCount = readCount("fuzz", values.fuzz);
  const seed = readCount("seed", values.seed);
  if (fuzzCount !== undefined) return runFuzz(command, fuzzCount, seed, counts, console, signal);
  if (seed !== undefined) throw new UsageError("Invalid option --seed: it belongs to --fuzz, which is missing.");
  const profile = values.profile === undefined ? undefined : findProfile(values.profile);
  const { vectors, cases } = selectVectors({ ...values, filter: values.filter ?? profile?.filters });
  const options: ConformanceOptions = {
    command,
    vectors,
    cases,
    expectedFailures: readExpectedFailures(values["expected-failures"]),
    ...counts,
    ...(profile !== undefined && { profile }),
    ...(values["require-features"] !== undefined && { requireFeatures: parseFeatures(values["require-features"]) }),
    ...(values.requirements !== undefined && { requirements: readRequirements(values.requirements, vectors) }),
    signal,
  };
  const runOnce = async () => {
    const report = await runWithProgress(options, console);
    printReport(report, console);
    writeReports([report], values);
    return EXIT_OF[report.verdict];
  };
  const code = await runOnce();
  if (values.watch === undefined) return code;
  await watchFolder(values.watch, console, signal, runOnce);
  return code;
}

/** Runs the cases. A harness that cannot be started has a report too, so that CI always finds the files it expects. */
async function runWithProgress(options: ConformanceOptions, console: Console): Promise<ConformanceReport> {
  const progress = new Progress(console);
  try {
    return await runConformance({
      ...options,
      onStart: ({ name }, total) => progress.start(name, total),
      onResult: (result) => progress.step(result),
    });
  } catch (error) {
    if (error instanceof HarnessError) return failedStart(options, error);
    throw error;
  } finally {
    progress.stop();
  }
}

function readRequirements(version: string, { versions }: VectorSet): string {
  if (versions.includes(version)) return version;
  throw new UsageError(`Invalid option --requirements: expected one of ${versions.join(", ")}, got "${version}".`);
}

/** The options that are integers, and their names in {@link ConformanceOptions}. */
const COUNTS = {
  "timeout-ms": "caseTimeoutMs",
  "hello-timeout-ms": "helloTimeoutMs",
  "total-timeout-ms": "totalTimeoutMs",
  "give-up-after": "giveUpAfter",
  pipeline: "pipeline",
} as const;

function readCounts(
  values: {
    readonly [option in keyof typeof COUNTS]?: string | undefined;
  },
): Partial<Record<(typeof COUNTS)[keyof typeof COUNTS], number>> {
  const counts: Partial<Record<(typeof COUNTS)[keyof typeof COUNTS], number>> = {};
  for (const [option, name] of Object.entries(COUNTS)) {
    const count = readCount(option, values[option as keyof typeof COUNTS]);
    if (count !== undefined) counts[name] = count;
  }
  return counts;
}

function readExpectedFailures(file: string | undefined): readonly ExpectedFailure[] {
  if (file === undefined) return [];
  try {
    return parseExpectedFailures(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
