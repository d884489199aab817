import { readArguments, readVectors } from "../arguments.js";
import { type Console, formatCount, UsageError } from "../console.js";
import { EXIT } from "../exit-codes.js";
import type { Vector } from "../vectors.js";

/** `topic-conformance explain <id>...` */
export async function explain(args: readonly string[], { out, colors }: Console): Promise<number> {
  const { values, positionals: ids } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { vectors: { type: "string" } },
  });
  if (ids.length === 0) throw new UsageError("Missing case id. Example: topic-conformance explain num-0042");
  const cases = new Map(readVectors(values.vectors).cases.map((vector) => [vector.id, vector]));
  for (const id of ids) {
    const vector = cases.get(id);
    if (vector === undefined) {
      throw new UsageError(`Unknown case "${id}". "topic-conformance list" shows all cases.`);
    }
    out(format(vector, colors));
  }
  return EXIT.conforms;
}

function format(vector: Vector, colors: Console["colors"]): string {
  const { id, theme, op, route, features, input, why, source, since } = vector;
  const rows: [string, string][] = [
    ["why", why],
    ["source", source],
    ...(since === undefined ? [] : ([["since", `version ${since} of the vectors`]] as [string, string][])),
    ["theme", theme],
    ["op", route === undefined ? op : `${op}, route ${JSON.stringify(route)}`],
    ["features", features.length === 0 ? "none (every implementation must pass)" : features.join(", ")],
    ["input", JSON.stringify(input)],
    ...expectation(vector),
  ];
  const lines = rows.map(
    ([name, text]) => `  ${colors.dim(name.padEnd(9))}${text.replaceAll("\n", `\n${" ".repeat(11)}`)}`,
  );
  return `${colors.bold(id)}\n${lines.join("\n")}\n`;
}

function expectation({ expect }: Vector): [string, string][] {
  if ("refused" in expect) return [["expect", `error ${expect.refused}`]];
  if ("sha256" in expect) {
    return [
      ["expect", `a text of ${formatCount(expect.length)} characters`],
      ["sha256", expect.sha256],
    ];
  }
  const rows = expect.hex.replace(/(?:..){1,16}/g, (row) => `${row.replace(/../g, "$& ").trimEnd()}\n`);
  return [
    ["expect", expect.text],
    ["hex", rows.trimEnd()],
  ];
}
