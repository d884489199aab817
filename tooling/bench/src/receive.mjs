import { installRivals, netEach, ours, socketIo, uWebSockets, wsOnce } from "./contenders.mjs";
import { withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";
import { paramsOf } from "./workload.mjs";

const CONNECTIONS = 50;
const WINDOW = 20;
const YARDSTICK = { ...wsOnce, name: "ws and JSON.parse, unchecked" };
const CONTENDERS = [ours, YARDSTICK, socketIo, uWebSockets, { ...netEach, name: "net and JSON.parse, unchecked" }];

/** Subscribe and unsubscribe by turns: requests that a server reads, checks, does and answers. */
const REQUESTS = ["bars.subscribe", "bars.unsubscribe"].map((type) => JSON.stringify({ type, payload: paramsOf(0) }));

/** What a request costs, with its reply. @type {import("./main.mjs").Part} */
export async function receive({ quick, say }) {
  installRivals();
  const [rounds, requests] = quick ? [3, 200] : [7, 4_000];
  return withSides(async (open) => {
    const runs = [];
    for (const contender of CONTENDERS) {
      say(`warming up ${contender.name}`);
      const server = await open.server(contender);
      // It keeps the topic, so that no request starts or stops a source.
      await open.loader(server, { connections: 1, topics: 1 });
      const loader = await open.loader(server, {
        connections: CONNECTIONS,
        texts: REQUESTS,
        each: 2,
        group: CONNECTIONS,
      });
      await loader.request(requests, WINDOW);
      runs.push({
        contender,
        server,
        loader,
        costs: /** @type {number[]} */ ([]),
        rates: /** @type {number[]} */ ([]),
      });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { contender, server, loader, costs, rates } of runs) {
        say(`round ${round} of ${rounds}, ${contender.name}`);
        const { cpuUs: before } = await server.usage();
        const seen = await loader.request(requests, WINDOW);
        const { cpuUs: after } = await server.usage();
        costs.push((after - before) / seen.frames);
        rates.push(seen.frames / (seen.wallUs / 1e6));
      }
    }
    const yardstick = runs[1].costs;
    const table = {
      title: `Requests that are answered: subscribe and unsubscribe by turns, ${CONNECTIONS} connections, ${WINDOW} at a time`,
      head: ["server", "CPU µs a request", "requests a second", "× ws and JSON.parse"],
      rows: runs.map(({ contender, costs, rates }) => [
        contender.name,
        median(costs).toFixed(2),
        Math.round(median(rates)).toLocaleString("en"),
        medianRatio(yardstick, costs).toFixed(2),
      ]),
    };
    return { tables: [table] };
  });
}
