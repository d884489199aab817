import { bars, buildTopicParams, quotes } from "@trading/topic";
import canonicalize from "canonicalize";
import fastJsonStable from "fast-json-stable-stringify";
import { stringify as safeStable } from "safe-stable-stringify";
import { measure } from "./measure.mjs";
import { against } from "./report.mjs";

const bar = { symbol: "AAPL", resolution: "1" };
const watchList = { symbols: Array.from({ length: 50 }, (_, index) => `SYM${index}`), fast_symbols: ["AAPL", "MSFT"] };
const nested = {
  list: [
    { b: 1, a: "x" },
    { d: null, c: [true, 2.5] },
  ],
  name: "São Paulo",
  id: 42,
};

/** Floor and goal for the parameters of a `bars` subscription, as multiples of the speed of JSON.stringify. @type {Record<string, [number, number]>} */
const GOALS = { buildTopicParams: [0.8, 1], "bars.buildTopic (parsed parameters)": [1.5, 2] };

/**
 * Measures the CPU time per canonical topic. The baseline is `JSON.stringify`, which neither sorts nor validates; the
 * rivals sort. V8 keeps a concatenated string as a rope until it is read. The second table therefore uses each result as
 * a key of a Set, which flattens and hashes it as the topic registry does.
 *
 * @type {import("./main.mjs").Part}
 */
export async function topic({ quick, showProgress }) {
  const topics = new Set(["one", "two"]);
  const shapes = [
    { title: "{symbol, resolution}", params: bar, routes: { bars } },
    {
      title: "{symbol, resolution}, then looked up in a Set",
      params: bar,
      routes: { bars },
      read: (text) => topics.has(text),
    },
    { title: "a watch list of 52 symbols", params: watchList, routes: { quotes } },
    { title: "a nested object with null, a fraction and a non-ASCII letter", params: nested, routes: {} },
  ];
  const [rounds, roundMs, warmUpCalls] = quick ? [1, 2, 2_000] : [15, 40, 100_000];
  const tables = shapes.map(({ title, params, routes, read = (text) => text }) => {
    /** @type {Record<string, () => unknown>} */
    const contenders = {
      "JSON.stringify": () => read(JSON.stringify(params)),
      buildTopicParams: () => read(buildTopicParams(params)),
      "safe-stable-stringify": () => read(safeStable(params)),
      "fast-json-stable-stringify": () => read(fastJsonStable(params)),
      canonicalize: () => read(canonicalize(params)),
    };
    for (const [name, route] of Object.entries(routes)) {
      const parsed = route.parseParams(params);
      contenders[`${name}.buildTopic (parsed parameters)`] = () => read(route.buildTopic(parsed));
      contenders[`${name}.topic (parse and build)`] = () => read(route.topic(params));
    }
    const onRound = (/** @type {number} */ done) => showProgress(`${title}: round ${done} of ${rounds}`);
    const costs = measure(contenders, { rounds, roundMs, warmUpCalls, onRound });
    const baseline = costs.get("JSON.stringify") ?? Number.NaN;
    const rows = [...costs].map(([name, cost]) => {
      const goal = params === bar ? GOALS[name] : undefined;
      const ratio = baseline / cost;
      return [name, `${cost.toFixed(0)} ns`, ...(goal ? against(ratio, ...goal) : [ratio.toFixed(2), "", "", ""])];
    });
    return {
      title: `Canonical topic of ${title}`,
      head: ["function", "median", "× stringify", "floor", "goal", ""],
      rows,
    };
  });
  return { tables };
}
