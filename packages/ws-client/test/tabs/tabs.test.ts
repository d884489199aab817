import { bars, orders, trades } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { afterEach, expect, test } from "vitest";
import type { Client, ClientError, ClientOptions, Gap } from "../../src/index.js";
import { shareClient } from "../../src/tabs/create-shared-client.js";
import { MemoryServer, type MemoryServerOptions } from "../../src/testing/index.js";
import { MemoryNetwork, tick } from "../helpers/memory-network.js";
import { FakeBrowser } from "./fake-browser.js";

const AAPL = { symbol: "AAPL" } as const;
const ROUTES = { bars, orders, trades };

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function trade(id: number) {
  return { id: `${id}`, time: id, price: id, qty: 1, side: 1 } as const;
}

/** A browser and a server in memory. */
function setUp(options: Partial<MemoryServerOptions<typeof ROUTES>> = {}) {
  const server = new MemoryServer({ routes: ROUTES, ...options });
  const browser = new FakeBrowser();
  const clock = new ManualClock();
  /** Opens a tab whose client records trades, gaps and errors. */
  const open = (more: Partial<ClientOptions> = {}) => {
    const tab = browser.open(server.WebSocket);
    const prices: number[] = [];
    const gaps: Gap[] = [];
    const errors: ClientError[] = [];
    const client = shareClient(
      {
        url: "ws://memory/api/v1/ws",
        clock: tab.clockOf(clock),
        random: () => 0.5,
        onError: (error) => errors.push(error),
        ...more,
      },
      tab.platform,
    );
    clients.push(client);
    const follow = () =>
      client.subscribe(trades, AAPL, { onUpdate: ({ price }) => prices.push(price), onGap: (gap) => gaps.push(gap) });
    return { tab, client, prices, gaps, errors, follow };
  };
  const publish = (...ids: number[]) => {
    for (const id of ids) server.publish(trades, AAPL, trade(id));
    return server.settled();
  };
  const sent = (type: string) => server.frames.filter((frame) => frame.type === type);
  return { server, browser, clock, open, publish, sent };
}

test("tabs share one socket, and one subscription for each topic", async () => {
  const { server, open, publish, sent } = setUp();
  const tabs = Array.from({ length: 5 }, () => open());
  for (const { follow } of tabs) follow();
  await server.settled();
  await publish(1, 2);
  expect(tabs.map(({ prices }) => prices)).toEqual(Array(5).fill([1, 2]));
  expect(server.connections).toBe(1);
  expect(server.subscriptions).toEqual(['trades:{"symbol":"AAPL"}']);
  expect(sent("trades.subscribe")).toHaveLength(1);
});

function bar(time: number, close: number) {
  return { time, open: 1, high: 9, low: 1, close, volume: 1 };
}

const MINUTE = { symbol: "AAPL", resolution: "1" } as const;

test("a late tab gets the present state, and the others get no update twice", async () => {
  const { server, open } = setUp();
  const follow = () => {
    const closes: number[] = [];
    const states: string[] = [];
    const { client } = open();
    client.subscribe(bars, MINUTE, {
      onUpdate: ({ close }) => closes.push(close),
      onStatus: ({ state }) => states.push(state),
    });
    return { closes, states };
  };
  server.publish(bars, MINUTE, bar(60_000, 1));
  const first = follow();
  await server.settled();
  server.publish(bars, MINUTE, bar(120_000, 2));
  const late = follow();
  await server.settled();
  server.publish(bars, MINUTE, bar(120_000, 3));
  await server.settled();
  expect(first).toEqual({ closes: [1, 2, 3], states: ["pending", "syncing", "live"] });
  expect(late).toEqual({ closes: [2, 3], states: ["pending", "syncing", "live"] });
  expect(server.subscriptions).toHaveLength(1);
});

test("a late tab of a log starts with the next update, without a request to the server", async () => {
  const { open, publish, sent } = setUp();
  const [first, late] = [open(), open()];
  first.follow();
  await publish();
  await publish(1);
  const handle = late.follow();
  await handle.ready;
  await publish(2);
  expect([first.prices, late.prices]).toEqual([[1, 2], [2]]);
  expect(sent("trades.subscribe")).toHaveLength(1);
});

test("a topic ends on the server with its last tab, and the socket with the last topic's client", async () => {
  const { server, open, publish, browser } = setUp();
  const [first, second] = [open(), open()];
  const stop = first.follow();
  second.follow();
  await publish();
  stop();
  await publish(1);
  expect(server.subscriptions).toHaveLength(1);
  expect([first.prices, second.prices]).toEqual([[], [1]]);
  second.client.close();
  await server.settled();
  expect(server.subscriptions).toEqual([]);
  first.client.close();
  await server.settled();
  expect(server.connections).toBe(0);
  expect([browser.channels, browser.locks(""), first.tab.listeners]).toEqual([0, 0, 0]);
});

test.each(["crash", "close", "freeze"] as const)("releases the subscriptions of a tab after a %s", async (event) => {
  const { server, open, publish } = setUp();
  const [leader, other] = [open(), open()];
  leader.follow();
  await publish();
  other.client.subscribe(bars, MINUTE, () => {});
  await publish();
  expect(server.subscriptions).toHaveLength(2);
  if (event === "crash") other.tab.crash();
  else if (event === "freeze") other.tab.dispatch("freeze");
  else other.client.close();
  await publish(1);
  expect(server.subscriptions).toEqual(['trades:{"symbol":"AAPL"}']);
  expect(leader.prices).toEqual([1]);
});

test.each(["crash", "close", "freeze"] as const)(
  "another tab takes over after a %s of the leader, without a lost or repeated update",
  async (event) => {
    const { server, open, publish, sent, browser } = setUp();
    const [leader, second, third] = [open(), open(), open()];
    for (const { follow } of [leader, second, third]) {
      follow();
      await publish();
    }
    await publish(1, 2);
    if (event === "crash") leader.tab.crash();
    else if (event === "freeze") leader.tab.dispatch("freeze");
    else leader.client.close();
    // Published while no socket is open.
    await publish(3);
    await publish(4);
    expect([second.prices, third.prices]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect([...second.gaps, ...third.gaps, ...second.errors, ...third.errors]).toEqual([]);
    expect(server.connections).toBe(1);
    expect(sent("trades.subscribe").map(({ resume }) => resume?.offset)).toEqual([undefined, 2]);
    expect(browser.locks("trading-tabs default")).toBe(1);
  },
);

test("a tab misses nothing that the server had not sent when a late tab requested the state", async () => {
  const network = new MemoryNetwork();
  const browser = new FakeBrowser();
  const clock = new ManualClock();
  const follow = () => {
    const closes: number[] = [];
    const url = "ws://memory/api/v1/ws";
    const client = shareClient({ url, clock, random: () => 0 }, browser.open(network.WebSocket).platform);
    clients.push(client);
    client.subscribe(bars, MINUTE, ({ close }) => closes.push(close));
    return closes;
  };
  const topic = bars.buildTopic(MINUTE);
  const position = { epoch: "e", retention: "keyed" } as const;
  const first = follow();
  await tick();
  const { socket } = network;
  socket.welcome();
  await tick();
  socket.confirm(socket.sent[0], topic, { ...position, offset: 0, snapshot: true });
  socket.update(topic, bar(60_000, 1), 1);
  socket.current(topic, "e", 1);
  const late = follow();
  await tick();
  // The last update of the first bar, with the offset 2, was not sent yet. The snapshot begins after it.
  socket.confirm(socket.sent[1], topic, { ...position, offset: 2, snapshot: true, recovered: false });
  socket.update(topic, bar(120_000, 3), 3);
  socket.current(topic, "e", 3);
  await clock.advanceAsync(1_000);
  await tick();
  expect(socket.sent[2]).toMatchObject({ type: "bars.subscribe", resume: { epoch: "e", offset: 1 } });
  socket.confirm(socket.sent[2], topic, { ...position, offset: 1, recovered: true });
  socket.update(topic, bar(60_000, 2), 2);
  socket.update(topic, bar(120_000, 3), 3);
  socket.current(topic, "e", 3);
  await tick();
  expect([first, late]).toEqual([[1, 2, 3], [3]]);
  expect(network.sockets).toHaveLength(1);
});

test.each(["second", "third"])(
  "a tab that missed more than the others gets it after a takeover: %s",
  async (blocked) => {
    const { open, publish, browser } = setUp();
    const [leader, second, third] = [open(), open(), open()];
    for (const { follow } of [leader, second, third]) {
      follow();
      await publish();
    }
    await publish(1);
    // The leader crashes before it has sent the update to all tabs.
    browser.block((blocked === "second" ? second : third).tab);
    await publish(2);
    leader.tab.crash();
    browser.unblock();
    await publish(3);
    expect([second.prices, third.prices]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect([...second.gaps, ...third.gaps, ...second.errors, ...third.errors]).toEqual([]);
  },
);

test("a tab takes the lead from one that hangs, whose hub stops when it continues", async () => {
  const { server, open, publish, clock, browser } = setUp();
  const [leader, second] = [open(), open()];
  leader.follow();
  second.follow();
  await publish();
  await publish(1);
  leader.tab.hang();
  // The client finds out by its heartbeat, and the next hub by the time limit for the first one.
  await clock.advanceAsync(30_000);
  const third = open();
  third.follow();
  await clock.advanceAsync(10_000);
  await publish(2);
  expect([second.prices, third.prices.at(-1)]).toEqual([[1, 2], 2]);
  leader.tab.continue();
  await publish(3);
  await clock.advanceAsync(5_000);
  await publish(4);
  expect(server.connections).toBe(1);
  expect([leader.prices, second.prices, third.prices.slice(-2)]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [3, 4],
  ]);
  expect(browser.locks("trading-tabs default")).toBe(1);
  // The tab that was replaced is a candidate again.
  second.client.close();
  third.client.close();
  await publish(5);
  expect(leader.prices.at(-1)).toBe(5);
});

test("continues after a lost connection without a lost or repeated update", async () => {
  const { server, open, publish, clock } = setUp();
  const tabs = [open(), open()];
  for (const { follow } of tabs) follow();
  await publish();
  await publish(1);
  server.drop();
  await publish(2, 3);
  await clock.advanceAsync(2_000);
  await publish(4);
  for (const { prices, gaps } of tabs) expect({ prices, gaps }).toEqual({ prices: [1, 2, 3, 4], gaps: [] });
  expect(server.connections).toBe(1);
});

test("the tabs of a server that shuts down move together", async () => {
  const { server, open, publish, clock } = setUp();
  const tabs = [open(), open()];
  for (const { follow } of tabs) follow();
  await publish();
  await publish(1);
  server.drain(1_000);
  await publish(2);
  await clock.advanceAsync(1_000);
  await publish(3);
  expect(tabs.map(({ prices }) => prices)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(server.connections).toBe(1);
});

test("each request gets its own reply, and is sent once", async () => {
  const { server, open, sent } = setUp();
  server.handle<{ n: number }, { twice: number }>("double", ({ n }) => ({ twice: 2 * n }));
  const double = { name: "double" };
  const queue = { id: "same", ttlMs: 10_000 };
  const replies = Array.from({ length: 3 }, (_, n) => open().client.request(double, { n }, { queue }));
  expect(await Promise.all(replies)).toEqual([{ twice: 0 }, { twice: 2 }, { twice: 4 }]);
  expect(sent("double")).toHaveLength(3);
  expect(server.connections).toBe(1);
});

test("tabs of one user share the connection, and a visitor gets none of the user's data", async () => {
  const { server, open, clock } = setUp({ authenticate: (token) => token.split(" ")[0] ?? null });
  const account = { accountId: "A1" };
  const users = [open({ getToken: () => "ann 1" }), open({ getToken: () => "ann 2" })];
  const handles = users.map(({ client }) => client.subscribe(orders, account, () => {}));
  await server.settled();
  expect(handles.map(({ status }) => status.state)).toEqual(["live", "live"]);
  const visitor = open();
  const refused = visitor.client.subscribe(orders, account, () => {});
  await server.settled();
  expect(refused.status.error?.code).toBe("unauthorized");
  expect(server.connections).toBe(1);
  users[0]?.client.logout();
  await clock.advanceAsync(1_000);
  expect(handles.map(({ status }) => status.error?.code)).toEqual(["unauthorized", undefined]);
});

test("a tab of another user connects by itself", async () => {
  const { server, open, clock } = setUp({ authenticate: (token) => token });
  const account = { accountId: "A1" };
  const handles = [];
  for (const user of ["ann", "bob"]) {
    handles.push(open({ getToken: () => user }).client.subscribe(orders, account, () => {}));
    await clock.advanceAsync(2_000);
  }
  expect(handles.map(({ status }) => status.state)).toEqual(["live", "live"]);
  expect(server.connections).toBe(2);
});

test("after a logout another user logs in on the shared connection", async () => {
  const { server, open, clock } = setUp({ authenticate: (token) => token });
  let user = "ann";
  const [tab, visitor] = [open({ getToken: () => user }), open()];
  const handle = tab.client.subscribe(orders, { accountId: "A1" }, () => {});
  visitor.follow();
  await server.settled();
  tab.client.logout();
  await clock.advanceAsync(2_000);
  user = "bob";
  tab.client.login();
  await clock.advanceAsync(3_000);
  expect(handle.status.state).toBe("live");
  expect(visitor.client.state.status).toBe("connected");
  expect(server.connections).toBe(1);
});

test("a login by the handshake replaces the connection of all tabs", async () => {
  const { server, open, publish, clock } = setUp();
  const tabs = [open(), open()];
  for (const { follow } of tabs) follow();
  await publish();
  await publish(1);
  tabs[0]?.client.login();
  await publish(2);
  await clock.advanceAsync(2_000);
  await publish(3);
  expect(tabs.map(({ prices }) => prices)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(server.connections).toBe(1);
});

test("the tabs of a legacy server connect by themselves", async () => {
  const { server, open, publish, clock } = setUp({ protocol: "legacy" });
  const tabs = [open(), open()];
  for (const { follow } of tabs) follow();
  await clock.advanceAsync(3_000);
  await publish(1);
  expect(tabs.map(({ prices }) => prices)).toEqual([[1], [1]]);
  expect(server.connections).toBe(2);
});
