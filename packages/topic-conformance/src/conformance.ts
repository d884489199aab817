import type { ConformanceOptions } from "./conformance-options.js";
import { FEATURES } from "./features.js";
import { HarnessError, type Implementation, startImplementation } from "./implementation.js";
import type { Hello } from "./protocol.js";
import type { ConformanceReport } from "./report.js";
import { ResultLog } from "./result-log.js";
import { loadVectors, type Vector } from "./vectors.js";

/** Share of faulty cases from which a run can be aborted. */
const GIVE_UP_SHARE = 0.25;

/**
 * Runs an implementation through every case whose features it declares, over the line protocol. If the process crashes or
 * hangs, a new process continues with the next case.
 *
 * @throws HarnessError if the command cannot be started or does not send a valid hello
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { command, cwd, signal } = options;
  const vectors = options.vectors ?? loadVectors();
  const cases = options.cases ?? vectors.cases;
  const start = () =>
    startImplementation(command, {
      cwd,
      signal,
      helloTimeoutMs: options.helloTimeoutMs ?? 10_000,
      caseTimeoutMs: options.caseTimeoutMs ?? 5_000,
    });
  const began = performance.now();
  const implementation = await start();
  const { hello } = implementation;
  const log = new ResultLog(cases, vectors, hello, options);
  options.onStart?.(hello, cases.length);
  const unknown = hello.features.filter((feature) => !FEATURES.includes(feature));
  const fault =
    unknown.length > 0
      ? `declares the unknown feature "${unknown.join('", "')}"; docs/vectors.md lists the features`
      : undefined;
  return log.report(began, await runCases(implementation, start, log, options, began, fault));
}

/** Returns the report of a run whose harness could not be started: no case was run. */
export function failedStart(options: ConformanceOptions, error: HarnessError): ConformanceReport {
  const vectors = options.vectors ?? loadVectors();
  const name = options.command.join(" ");
  const hello: Hello = { type: "hello", protocol: 1, name, language: "unknown", version: "unknown", features: [] };
  const log = new ResultLog(options.cases ?? vectors.cases, vectors, hello, { ...options, onResult: () => {} });
  log.abort("the harness could not be started");
  return log.report(performance.now(), error.message);
}

/** Runs the cases of a log. Returns the fault of the harness, if there is one. */
async function runCases(
  first: Implementation,
  start: () => Promise<Implementation>,
  log: ResultLog,
  { signal, giveUpAfter = 20, totalTimeoutMs = 600_000, pipeline = 1 }: ConformanceOptions,
  began: number,
  unknownFeature: string | undefined,
): Promise<string | undefined> {
  let implementation: Implementation | undefined = first;
  let fault = unknownFeature;
  let breach: string | undefined;
  let faults = 0;
  const waiting: Vector[] = fault === undefined ? [...log.supported].reverse() : [];
  let sent: Vector[] = [];
  try {
    while (fault === undefined && waiting.length + sent.length > 0) {
      if (totalTimeoutMs > 0 && performance.now() - began > totalTimeoutMs) {
        fault = `aborted after ${totalTimeoutMs} ms, the limit for all cases (--total-timeout-ms)`;
        break;
      }
      try {
        implementation ??= await start();
      } catch (error) {
        if (!(error instanceof HarnessError)) throw error;
        fault = `could not restart the harness after a crash: ${error.message}`;
        break;
      }
      while (sent.length < Math.max(1, pipeline) && waiting.length > 0) {
        const vector = waiting.pop() as Vector;
        implementation.sendCase(vector);
        sent.push(vector);
      }
      const [oldest, ...others] = sent;
      if (oldest === undefined) break;
      const waitingSince = performance.now();
      const reply = await implementation.nextReply();
      signal?.throwIfAborted();
      sent = others;
      log.record(oldest, reply, performance.now() - waitingSince);
      breach ??= implementation.breach;
      if (reply.kind === "crashed" || reply.kind === "timed_out") {
        implementation = undefined;
        waiting.push(...sent.reverse());
        sent = [];
      }
      if (reply.kind !== "built" && reply.kind !== "refused") faults++;
      if (giveUpAfter > 0 && faults >= giveUpAfter && faults >= GIVE_UP_SHARE * log.completed) {
        fault = `aborted after ${faults} crashes, timeouts or invalid lines in ${log.completed} cases; the last case was ${oldest.id}`;
      }
    }
    const problem = await implementation?.bye();
    signal?.throwIfAborted();
    fault ??= breach ?? problem;
  } finally {
    await implementation?.kill();
  }
  log.abort("the run was aborted before this case");
  return fault;
}
