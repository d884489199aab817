import { installRivals, netEach, socketIo, uWebSockets, wsOnce, wsServer } from "./contenders.mjs";
import { against } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";
import { paramsOf } from "./workload.mjs";

const CONNECTIONS = 50;
const WINDOW = 20;
const BASELINE = { ...wsOnce, name: "ws and JSON.parse, no validation" };
const CONTENDERS = [
  wsServer,
  BASELINE,
  socketIo,
  uWebSockets,
  { ...netEach, name: "net and JSON.parse, no validation" },
];
/** Of `@trading/ws-server`, times the requests of the baseline. */
const FLOOR = 1;
const GOAL = 1.5;

/** Alternating subscribe and unsubscribe requests: the server parses, validates and processes them, and replies. */
const REQUESTS = ["bars.subscribe", "bars.unsubscribe"].map((type) => JSON.stringify({ type, payload: paramsOf(0) }));

/** Measures the CPU time of the server per request, including the reply. @type {import("./main.mjs").Part} */
export async function receive({ quick, showProgress }) {
  installRivals();
  const [rounds, requests] = quick ? [1, 100] : [7, 4_000];
  return withSides(async (open) => {
    const runs = await startAll(CONTENDERS, quick, async (contender) => {
      showProgress(`warming up ${contender.name}`);
      const server = await open.server(contender);
      // This connection stays subscribed, so that no request starts or stops a source.
      await open.loader(server, { connections: 1, topics: 1 });
      const loader = await open.loader(server, {
        connections: CONNECTIONS,
        texts: REQUESTS,
        each: 2,
        group: CONNECTIONS,
      });
      await loader.request(requests, WINDOW);
      return {
        contender,
        server,
        loader,
        costs: /** @type {number[]} */ ([]),
        rates: /** @type {number[]} */ ([]),
      };
    });
    for (let round = 1; round <= rounds; round++) {
      for (const { contender, server, loader, costs, rates } of runs) {
        showProgress(`round ${round} of ${rounds}, ${contender.name}`);
        const { cpuUs: before } = await server.usage();
        const measured = await loader.request(requests, WINDOW);
        const { cpuUs: after } = await server.usage();
        costs.push((after - before) / measured.frames);
        rates.push(measured.frames / (measured.wallUs / 1e6));
      }
    }
    const baseline = runs[1].costs;
    const table = {
      title: `Alternating subscribe and unsubscribe requests, ${CONNECTIONS} connections, ${WINDOW} requests in flight on each`,
      head: ["server", "CPU µs per request", "requests per second", "× ws and JSON.parse", "floor", "goal", ""],
      rows: runs.map(({ contender, costs, rates }) => {
        const ratio = medianRatio(baseline, costs);
        return [
          contender.name,
          median(costs).toFixed(2),
          Math.round(median(rates)).toLocaleString("en"),
          ...(contender === wsServer ? against(ratio, FLOOR, GOAL) : [ratio.toFixed(2), "", "", ""]),
        ];
      }),
    };
    return { tables: [table] };
  });
}
