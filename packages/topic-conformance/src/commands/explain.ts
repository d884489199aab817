import { readArguments } from "../arguments.js";
import { type Console, UsageError } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { loadVectors, type Vector } from "../vectors.js";

/** `topic-conformance explain <id>...` */
export async function explain(args: readonly string[], { out, colors }: Console): Promise<number> {
  const { values, positionals: ids } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { vectors: { type: "string" } },
  });
  if (ids.length === 0) throw new UsageError("Missing case id. Example: topic-conformance explain num-0042");
  const cases = new Map(loadVectors(values.vectors).cases.map((vector) => [vector.id, vector]));
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
  const { id, theme, op, route, features, input, expect, why, source } = vector;
  const rows: [string, string][] = [
    ["why", why],
    ["source", source],
    ["theme", theme],
    ["op", route === undefined ? op : `${op}, route ${JSON.stringify(route)}`],
    ["features", features.length === 0 ? "none (every implementation must pass)" : features.join(", ")],
    ["input", JSON.stringify(input)],
    ...("refused" in expect
      ? ([["expect", `error ${expect.refused}`]] as [string, string][])
      : ([
          ["expect", expect.text],
          ["hex", expect.hex.replace(/(?:..){1,16}/g, (row) => `${row.replace(/../g, "$& ").trimEnd()}\n`).trimEnd()],
        ] as [string, string][])),
  ];
  const lines = rows.map(
    ([name, text]) => `  ${colors.dim(name.padEnd(9))}${text.replaceAll("\n", `\n${" ".repeat(11)}`)}`,
  );
  return `${colors.bold(id)}\n${lines.join("\n")}\n`;
}
