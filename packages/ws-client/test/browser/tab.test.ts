import { expect, test } from "vitest";
import { RemoteServer, RemoteTab } from "./node.js";

async function setUp() {
  const server = await RemoteServer.start();
  const tab = await RemoteTab.open(server);
  await tab.until(({ status }) => status === "live");
  await server.publish(1);
  await tab.until(({ prices, shown }) => prices.length === 1 && shown === "1");
  return { server, tab };
}

test.each([{ isCut: false }, { isCut: true }])("a tab that was frozen receives every update: %o", async ({ isCut }) => {
  const { server, tab } = await setUp();
  await tab.freeze();
  await (isCut ? server.cut(2, 3) : server.publish(2, 3));
  await tab.unfreeze();
  await server.publish(4);
  const { prices, gaps, errors, events, shown } = await tab.until(({ prices }) => prices.at(-1) === 4);
  expect({ prices, gaps, errors, events }).toEqual({
    prices: [1, 2, 3, 4],
    gaps: [],
    errors: [],
    events: ["visibilitychange", "freeze", "resume"],
  });
  // A hidden page has no animation frames. The first one after it is shown renders the latest value.
  expect(shown).toBe("1");
  await tab.show();
  expect((await tab.until(({ shown }) => shown !== "1")).shown).toBe("4");
});

test("a reloaded page resumes from its last position", async () => {
  const { server, tab } = await setUp();
  await server.blockNext();
  await tab.reload();
  await server.unblock(2, 3);
  const { prices, recovered, gaps, errors } = await tab.until(({ prices }) => prices.at(-1) === 3);
  expect({ prices, recovered, gaps, errors }).toEqual({ prices: [2, 3], recovered: [2, 3], gaps: [], errors: [] });
});

test("a page that the user leaves and goes back to resumes, from the back/forward cache or loaded again", async () => {
  const { server, tab } = await setUp();
  await tab.leave();
  await server.publish(2, 3);
  await tab.back();
  const { prices, gaps, errors } = await tab.until(({ prices }) => prices.at(-1) === 3);
  expect(prices.slice(-2)).toEqual([2, 3]);
  expect({ gaps, errors }).toEqual({ gaps: [], errors: [] });
});

test("a slow page receives every update of a burst, once and in order", async () => {
  const { server, tab } = await setUp();
  await tab.slowDown(10);
  const burst = Array.from({ length: 500 }, (_, at) => at + 2);
  await server.publish(...burst);
  const { prices, recovered, gaps, errors } = await tab.until(({ shown }) => shown === "501");
  const expected = { prices: [1, ...burst], recovered: [], gaps: [], errors: [] };
  expect({ prices, recovered, gaps, errors }).toEqual(expected);
});

test.each(["worker", "leader"])("tabs share one socket, and one subscription a topic: %s", async (shared) => {
  const server = await RemoteServer.start();
  const first = await RemoteTab.open(server, { shared });
  await first.until(({ status }) => status === "live");
  const second = await RemoteTab.open(server, { shared }, first);
  const third = await RemoteTab.open(server, { shared, extra: "MSFT" }, first);
  for (const tab of [second, third]) await tab.until(({ status }) => status === "live");
  await server.counted(1, 2);
  await server.publish(1);
  for (const tab of [first, second, third]) await tab.until(({ prices }) => prices.length === 1);
  // A tab that ends without notice.
  await third.close();
  await server.counted(1, 1);
  // The first tab has the connection if there is no worker. The second one must miss nothing.
  await first.freeze();
  await server.publish(2, 3);
  const { prices, gaps, errors } = await second.until(({ prices }) => prices.at(-1) === 3);
  expect({ prices, gaps, errors }).toEqual({ prices: [1, 2, 3], gaps: [], errors: [] });
  await server.counted(1, 1);
  await first.unfreeze();
  await first.until(({ prices }) => prices.at(-1) === 3);
  await second.close();
  await server.publish(4);
  const left = await first.until(({ prices }) => prices.at(-1) === 4);
  expect({ prices: left.prices, gaps: left.gaps, errors: left.errors }).toEqual({
    prices: [1, 2, 3, 4],
    gaps: [],
    errors: [],
  });
  await server.counted(1, 1);
  await first.close();
  expect((await server.disconnected()).sockets).toBe(shared === "worker" ? 1 : 3);
});
