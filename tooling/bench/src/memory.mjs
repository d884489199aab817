import { installRivals, netEach, socketIo, uWebSockets, wsOnce, wsServer } from "./contenders.mjs";
import { verdictOf } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";

const KB = 1024;
const FLOOR_KB = 10;
const GOAL_KB = 8;

/** Measures the memory of a connection without subscriptions and messages. @type {import("./main.mjs").Part} */
export async function memory({ quick, showProgress }) {
  installRivals();
  const step = quick ? 300 : 5_000;
  const contenders = [
    wsServer,
    { ...wsOnce, name: "ws" },
    { ...socketIo, name: "Socket.IO" },
    uWebSockets,
    { ...netEach, name: "net" },
  ];
  const rows = await startAll(contenders, quick, (contender) => {
    showProgress(contender.name);
    return withSides((open) => measureIdle(open, contender, step));
  });
  const steps = [step, 2 * step].map((connections) => connections.toLocaleString("en"));
  const table = {
    title: "Memory of an idle connection, kB",
    head: ["server", ...steps.flatMap((at) => [`RSS at ${at}`, `heap at ${at}`]), "floor", "goal", ""],
    rows,
    note:
      "RSS is the growth of resident memory per connection; heap is the growth of the V8 heap and of external memory per " +
      "connection, after a garbage collection. Floor and goal apply to @trading/ws-server.",
  };
  return { tables: [table] };
}

/** @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {import("./server.mjs").Contender} contender @param {number} step */
async function measureIdle(open, contender, step) {
  const server = await open.server(contender, { flags: ["--expose-gc"] });
  // Code that is loaded for the first connection is not a cost per connection.
  const first = await open.loader(server, { connections: 200 });
  await first.stop();
  const before = await server.usage();
  const figures = [];
  for (const connections of [step, 2 * step]) {
    await open.loader(server, { connections: step });
    const { rss, held } = await server.usage();
    figures.push((rss - before.rss) / connections / KB, (held - before.held) / connections / KB);
  }
  const rss = figures[2];
  const verdict = verdictOf(rss, FLOOR_KB, GOAL_KB);
  const goals = contender === wsServer ? [String(FLOOR_KB), String(GOAL_KB), verdict] : ["", "", ""];
  return [contender.name, ...figures.map((figure) => figure.toFixed(1)), ...goals];
}
