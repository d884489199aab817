import { onTestFinished } from "vitest";
import type { Rest } from "../../src/rest/index.js";
import { type BrokerOptions, createBroker, createDatafeed, type DatafeedOptions } from "../../src/tradingview/index.js";
import { setUp } from "../helpers/harness.js";
import { type Confirmation, type MemorySocket, tick } from "../helpers/memory-network.js";
import { FakeCharts } from "./fake-charts.js";
import { FakeHost } from "./fake-host.js";
import { fakeRest } from "./fake-rest.js";

/**
 * Connects a client over an in-memory network. The test acts as the server.
 *
 * @param isSession whether the server speaks the session extension; a legacy server does not
 */
function connection(isSession = true) {
  const set = setUp();
  if (isSession) set.network.socket.welcome();
  else set.network.socket.accept();
  /** Returns the newest subscribe of a route on the current socket. */
  const subscribing = (route: { name: string }) =>
    set.network.socket.sent.findLast(({ type }) => type === `${route.name}.subscribe`);
  /** Confirms the newest subscribe of a route, by default with a snapshot. */
  const confirm = (route: { name: string }, topic: string, updates: unknown[], more: Confirmation = {}) => {
    const { socket } = set.network;
    const epoch = more.epoch ?? "e1";
    const offset = more.offset ?? 0;
    socket.confirm(subscribing(route), topic, { epoch, offset, retention: "keyed", snapshot: true, ...more });
    updates.forEach((update, index) => {
      socket.update(topic, update, offset + index + 1);
    });
    socket.current(topic, epoch, offset + updates.length);
  };
  /** Closes the connection and opens the next one. */
  const reconnect = async (): Promise<MemorySocket> => {
    set.network.socket.end();
    set.clock.advance(1_000);
    set.network.socket.welcome();
    await tick();
    return set.network.socket;
  };
  /** Returns the operations sent for a route on the current socket. */
  const sent = (route: { name: string }) =>
    set.network.socket.sent
      .filter(({ type }) => type.startsWith(`${route.name}.`))
      .map(({ type }) => type.slice(route.name.length + 1));
  const update = (topic: string, value: unknown, offset: number) => set.network.socket.update(topic, value, offset);
  return { ...set, subscribing, confirm, reconnect, sent, update };
}

/** Creates charts with a datafeed on an in-memory connection. */
export function charting(routes: Partial<Rest> = {}, options: DatafeedOptions = {}, isSession = true) {
  const set = connection(isSession);
  const charts = new FakeCharts();
  const server = fakeRest(routes);
  const problems: unknown[] = [];
  const datafeed = createDatafeed(set.client, server.rest, {
    clock: set.clock,
    onError: (error) => problems.push(error),
    resetData: () => charts.resetData(),
    ...options,
  });
  charts.connect(datafeed);
  onTestFinished(() => datafeed.destroy());
  return { ...set, ...server, charts, problems, datafeed };
}

/** Creates a broker on an in-memory connection. */
export async function trading(routes: Partial<Rest> = {}, options: Partial<BrokerOptions> = {}) {
  const set = connection();
  const host = new FakeHost();
  const server = fakeRest({ orders: async () => [], positions: async () => [], ...routes });
  const problems: unknown[] = [];
  const broker = createBroker(set.client, server.rest, host, {
    accountId: "A-1",
    onError: (error) => problems.push(error),
    ...options,
  });
  host.connect(broker);
  onTestFinished(() => broker.destroy());
  await tick();
  /** Confirms the account's topic of a route. */
  const confirm = (route: { name: string }, updates: unknown[], more: Confirmation = {}) =>
    set.confirm(route, accountTopic(route), updates, more);
  const update = (route: { name: string }, value: unknown, offset: number) =>
    set.network.socket.update(accountTopic(route), value, offset);
  return { ...set, ...server, host, broker, problems, confirm, update };
}

function accountTopic({ name }: { name: string }): string {
  return `${name}:{"accountId":"A-1"${name === "executions" ? ',"symbol":""' : ""}}`;
}

export { tick };
