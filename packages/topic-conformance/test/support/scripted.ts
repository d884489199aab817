import { fileURLToPath } from "node:url";
import { type ConformanceOptions, type ConformanceReport, runConformance } from "../../src/conformance.js";
import type { Expectation, Vector, VectorSet } from "../../src/vectors.js";

const fixture = fileURLToPath(new URL("../fixtures/scripted.mjs", import.meta.url));

/** What test/fixtures/scripted.mjs may be told. */
export interface Script {
  readonly hello?: object;
  readonly firstLine?: string;
  readonly silent?: boolean;
  readonly stderr?: string;
  readonly exitAtOnce?: number;
  readonly exitCode?: number;
  readonly stayAfterBye?: boolean;
  readonly child?: number;
}

export function scripted(script: Script = {}): readonly string[] {
  return [process.execPath, fixture, JSON.stringify(script)];
}

/** A case that is right where the scripted implementation behaves. */
export function aCase(id: string, input: unknown, more: Partial<Vector> = {}): Vector {
  return {
    id,
    op: "params",
    features: [],
    input,
    expect: text(JSON.stringify(input)),
    why: "a test",
    source: "here",
    theme: id.replace(/-.*/, ""),
    ...more,
  };
}

export function text(expected: string): Expectation {
  return { text: expected, hex: Buffer.from(expected).toString("hex") };
}

export function vectorSet(...cases: readonly Vector[]): VectorSet {
  return { version: "0.0.0", cases };
}

/** Runs cases against the scripted implementation. */
export function runScripted(
  cases: readonly Vector[],
  script: Script = {},
  options: Partial<ConformanceOptions> = {},
): Promise<ConformanceReport> {
  return runConformance({ command: scripted(script), vectors: vectorSet(...cases), ...options });
}

/** `{ id: status }`, for one comparison. */
export function statuses({ results }: ConformanceReport): Record<string, string> {
  return Object.fromEntries(results.map(({ id, status }) => [id, status]));
}
