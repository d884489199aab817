import { fileURLToPath } from "node:url";
import { runConformance } from "../../src/conformance.js";
import type { ConformanceOptions } from "../../src/conformance-options.js";
import type { ConformanceReport } from "../../src/report.js";
import type { Expectation, Vector, VectorSet } from "../../src/vectors.js";

const fixture = fileURLToPath(new URL("../fixtures/scripted.mjs", import.meta.url));

/** The options of test/fixtures/scripted.mjs. */
export interface Script {
  /** Fields to override in the hello. */
  readonly hello?: object;
  /** The line to send instead of the hello. */
  readonly firstLine?: string;
  /** Never sends a hello. */
  readonly silent?: boolean;
  /** Text to write to stderr at the start. */
  readonly stderr?: string;
  /** Exit code of an immediate exit. */
  readonly exitImmediately?: number;
  /** Exit code after the bye. */
  readonly exitCode?: number;
  /** Does not exit after the bye. */
  readonly stayAfterBye?: boolean;
  /** Crashes for each input whose JSON contains this text. */
  readonly crashOn?: string;
  /** Builds texts with the starter serializer instead of returning JSON. */
  readonly reference?: boolean;
  /** Lines to write after the bye. */
  readonly afterBye?: string;
  /** Port to which a child process connects. */
  readonly child?: number;
}

/** Returns the command that starts the scripted harness. */
export function scripted(script: Script = {}): readonly string[] {
  return [process.execPath, fixture, JSON.stringify(script)];
}

/** Returns a case that passes unless its input names a behavior of the scripted harness that breaks it. */
export function aCase(id: string, input: unknown, more: Partial<Vector> = {}): Vector {
  return {
    id,
    op: "params",
    features: [],
    input,
    expect: text(JSON.stringify(input)),
    why: "test case",
    source: "test",
    theme: id.replace(/-.*/, ""),
    ...more,
  };
}

export function text(expected: string): Expectation {
  return { text: expected, hex: Buffer.from(expected).toString("hex") };
}

export function vectorSet(...cases: readonly Vector[]): VectorSet {
  return { version: "1.1.0", versions: ["1.0.0", "1.1.0"], cases };
}

/** Runs cases against the scripted harness. */
export function runScripted(
  cases: readonly Vector[],
  script: Script = {},
  options: Partial<ConformanceOptions> = {},
): Promise<ConformanceReport> {
  return runConformance({ command: scripted(script), vectors: vectorSet(...cases), ...options });
}

/** Returns an object that maps case ids to statuses. */
export function statuses({ results }: ConformanceReport): Record<string, string> {
  return Object.fromEntries(results.map(({ id, status }) => [id, status]));
}
