import { readFileSync } from "node:fs";
import { readArguments, readCount, selectVectors, VECTOR_OPTIONS } from "../arguments.js";
import { runConformance } from "../conformance.js";
import { type Console, UsageError } from "../console.js";
import { EXIT_OF } from "../exit-codes.js";
import { type ExpectedFailure, parseExpectedFailures } from "../expected-failures.js";
import { REPORT_OPTIONS, writeReports } from "../reporters/files.js";
import { Progress, printReport } from "../reporters/terminal.js";

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
      "give-up-after": { type: "string" },
    },
  });
  if (command.length === 0) {
    throw new UsageError("Missing harness command after --. Example: topic-conformance run -- python3 harness.py");
  }
  const caseTimeoutMs = readCount("timeout-ms", values["timeout-ms"]);
  const helloTimeoutMs = readCount("hello-timeout-ms", values["hello-timeout-ms"]);
  const giveUpAfter = readCount("give-up-after", values["give-up-after"]);
  const progress = new Progress(console);
  const report = await runConformance({
    command,
    ...selectVectors(values),
    expectedFailures: readExpectedFailures(values["expected-failures"]),
    ...(caseTimeoutMs !== undefined && { caseTimeoutMs }),
    ...(helloTimeoutMs !== undefined && { helloTimeoutMs }),
    ...(giveUpAfter !== undefined && { giveUpAfter }),
    signal,
    onStart: ({ name }, total) => progress.start(name, total),
    onResult: (result) => progress.step(result),
  }).finally(() => progress.stop());
  printReport(report, console);
  writeReports([report], values);
  return EXIT_OF[report.verdict];
}

function readExpectedFailures(file: string | undefined): readonly ExpectedFailure[] {
  if (file === undefined) return [];
  try {
    return parseExpectedFailures(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
