import { parser } from "@prometheus-io/lezer-promql";

/** The content of a query. */
export interface Query {
  readonly metrics: readonly string[];
  /** The labels by which it selects and groups. */
  readonly labels: readonly string[];
}

/**
 * Parses a Prometheus query. Grafana's variables are replaced by a duration.
 *
 * @throws if the query is invalid
 */
export function readQuery(text: string): Query {
  const query = text.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h");
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(query).iterate({
    enter({ type, from, to, node }) {
      const word = query.slice(from, to);
      if (type.isError) throw new Error(`${query}: wrong at ${from}, ${JSON.stringify(query.slice(from, from + 20))}`);
      if (type.name === "Identifier" && node.parent?.name === "VectorSelector") metrics.add(word);
      if (type.name === "LabelName") labels.add(word);
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}

/** Returns the metrics of a scrape with their labels. A histogram counts as its three series. */
export function readScrape(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const metrics = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [, declared, type] = /^# TYPE (\S+) (\w+)/.exec(line) ?? [];
    if (declared !== undefined) {
      const names = type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => declared + end) : [declared];
      for (const name of names) metrics.set(name, new Set());
    }
    const [, name = "", labels = ""] = /^([a-z]\w*)(?:\{(.*)\})? /i.exec(line) ?? [];
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) metrics.get(name)?.add(label);
  }
  return metrics;
}
