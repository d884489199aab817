import { readArguments, selectVectors, VECTOR_OPTIONS } from "../arguments.js";
import { type Console, formatCount, table } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { groupBy } from "../group-by.js";

/** `topic-conformance list [--filter ...] [--themes | --json]` */
export async function list(args: readonly string[], { out }: Console): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { ...VECTOR_OPTIONS, themes: { type: "boolean" }, json: { type: "boolean" } },
  });
  const { vectors, cases } = selectVectors(values);
  if (values.json) {
    for (const vector of cases) out(JSON.stringify(vector));
  } else if (values.themes) {
    const themes = [...groupBy(cases, ({ theme }) => theme)].map(([theme, members]) => {
      const features = new Set(members.flatMap((vector) => vector.features));
      return [theme, formatCount(members.length), [...features].sort().join(" ")];
    });
    out(table([["theme", "cases", "features"], ...themes]));
    out(`\n${formatCount(cases.length)} cases, vectors version ${vectors.version}`);
  } else {
    out(
      table([
        ["id", "op", "features", "why"],
        ...cases.map(({ id, op, features, why }) => [id, op, features.join(" "), why]),
      ]),
    );
  }
  return EXIT.conforms;
}
