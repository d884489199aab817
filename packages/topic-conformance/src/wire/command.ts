import { readFileSync } from "node:fs";
import { readArguments, readCount } from "../arguments.js";
import { type Console, UsageError } from "../console.js";
import { EXIT, EXIT_OF } from "../exit-codes.js";
import { type ExpectedFailure, parseExpectedFailures } from "../expected-failures.js";
import { REPORT_OPTIONS } from "../reporters/files.js";
import { writeWireReports } from "../reporters/wire-files.js";
import { wildcard } from "../vectors.js";
import { runClient } from "./client/run.js";
import { CLIENT_SCENARIOS } from "./client/scenarios.js";
import type { WireReport } from "./report.js";
import type { WireRunOptions } from "./run.js";
import { type Scenario, WireFault } from "./scenario.js";
import { runServer } from "./server/run.js";
import { SERVER_FEATURES, SERVER_SCENARIOS } from "./server/scenarios.js";
import { printWireReport } from "./terminal.js";

const OPTIONS = {
  url: { type: "string" },
  control: { type: "string" },
  features: { type: "string" },
  filter: { type: "string", multiple: true },
  "expected-failures": { type: "string" },
  "timeout-ms": { type: "string" },
  concurrency: { type: "string" },
  ...REPORT_OPTIONS,
} as const;

const PEERS = "Expected wire server --url <ws url>, wire client -- <command...> or wire list.";

/** `topic-conformance wire server|client|list [options]` */
export async function wire(args: readonly string[], console: Console, signal: AbortSignal): Promise<number> {
  const { values, positionals } = readArguments({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [peer, ...rest] = positionals;
  if (peer === "list") return list(console);
  const timeoutMs = readCount("timeout-ms", values["timeout-ms"]);
  const options: WireRunOptions = {
    expectedFailures: readExpectedFailures(values["expected-failures"]),
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal,
    onResult: ({ id }) => console.terminal?.write(`\r${console.colors.dim(id)}\u001b[K\r`),
  };
  try {
    const report = await run(peer, rest, values, options);
    printWireReport(report, console);
    writeWireReports(report, values);
    return EXIT_OF[report.verdict];
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    console.err(console.colors.red(error.message));
    return EXIT.harnessFault;
  }
}

type Values = ReturnType<typeof readArguments<{ options: typeof OPTIONS }>>["values"];

async function run(
  peer: string | undefined,
  rest: readonly string[],
  values: Values,
  options: WireRunOptions,
): Promise<WireReport> {
  if (peer === "client") {
    if (rest.length === 0) throw new UsageError("Missing command after --. Example: wire client -- python3 client.py");
    return runClient({ ...options, command: rest, scenarios: select(CLIENT_SCENARIOS, values.filter) });
  }
  if (peer !== "server") throw new UsageError(`Invalid peer ${JSON.stringify(peer ?? "")}. ${PEERS}`);
  if (rest.length > 0) throw new UsageError(`Unexpected arguments ${rest.join(" ")}. ${PEERS}`);
  const concurrency = readCount("concurrency", values.concurrency);
  return runServer({
    ...options,
    url: socketUrl(values.url),
    scenarios: select(SERVER_SCENARIOS, values.filter),
    ...(concurrency !== undefined && { concurrency: Math.max(concurrency, 1) }),
    ...(values.control !== undefined && { control: controlUrl(values.control) }),
    ...(values.features !== undefined && { features: readFeatures(values.features) }),
  });
}

function list(console: Console): number {
  const line = (peer: string) => (scenario: Omit<Scenario<never>, "run">) =>
    console.out([peer, scenario.id, scenario.tier, scenario.needs.join(",") || "-", scenario.title].join("  "));
  SERVER_SCENARIOS.forEach(line("server"));
  CLIENT_SCENARIOS.forEach(line("client"));
  return EXIT.conforms;
}

/** Returns the scenarios that match a filter: an id, in which `*` matches any text, or `tier:`, `feature:` or `section:`. */
function select<Context>(
  scenarios: readonly Scenario<Context>[],
  filters: readonly string[] = [],
): readonly Scenario<Context>[] {
  if (filters.length === 0) return scenarios;
  const selected = scenarios.filter((scenario) => filters.some((filter) => isSelected(scenario, filter)));
  if (selected.length > 0) return selected;
  throw new UsageError(
    `No scenario matches --filter ${filters.join(" ")}. "topic-conformance wire list" shows all scenarios.`,
  );
}

function isSelected<Context>({ id, tier, section, needs }: Scenario<Context>, filter: string): boolean {
  const [, kind, value = ""] = /^(tier|feature|section):(.*)$/.exec(filter) ?? [];
  if (kind === "tier") return tier === value;
  if (kind === "feature") return needs.includes(value);
  if (kind === "section") return section.toLowerCase() === value.toLowerCase();
  return wildcard(filter)(id);
}

/** @throws UsageError for an unknown feature: a misspelled one would silently leave scenarios out */
function readFeatures(text: string): readonly string[] {
  const features = text.split(",").filter((name) => name !== "");
  const unknown = features.filter((name) => !SERVER_FEATURES.has(name));
  if (unknown.length === 0) return features;
  throw new UsageError(
    `Unknown feature ${unknown.join(", ")} in --features. Features: ${[...SERVER_FEATURES.keys()].join(", ")}.`,
  );
}

function socketUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError("Missing option --url. Example: --url ws://127.0.0.1:8000/api/v1/ws");
  return parseUrl("url", text, ["ws:", "wss:"]);
}

function controlUrl(text: string): string {
  return parseUrl("control", text, ["http:", "https:"]);
}

function parseUrl(name: string, text: string, protocols: readonly string[]): string {
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  throw new UsageError(`Invalid option --${name}: expected ${protocols.join("// or ")}//…, got "${text}".`);
}

function readExpectedFailures(file: string | undefined): readonly ExpectedFailure[] {
  if (file === undefined) return [];
  try {
    return parseExpectedFailures(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
