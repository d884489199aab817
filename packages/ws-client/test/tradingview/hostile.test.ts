import { account, positions, quotes } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { expect, test } from "vitest";
import { ReconciledList } from "../../src/tradingview/reconciled-list.js";
import { tick, trading } from "./harness.js";

const position = (id: string, symbol: string, qty = 1) => ({ id, symbol, qty, side: 1, avgPrice: 100 });

test("subscribes to the quotes of at most 200 symbols at a time, and of ten more in a second", async () => {
  const clock = new ManualClock();
  const { confirm, update, sent, client } = await trading({}, { clock });
  confirm(positions, []);
  for (let index = 0; index < 1_000; index++) update(positions, position(`${index}`, `S${index}`), index + 1);
  await tick();
  expect(sent(quotes)).toHaveLength(200);
  // Positions that open and close in turn.
  for (let index = 0; index < 1_000; index++) {
    update(positions, position("x", `X${index}`), 2_000 + 2 * index);
    await Promise.resolve();
    update(positions, position("x", `X${index}`, 0), 2_001 + 2 * index);
    await Promise.resolve();
  }
  await tick();
  expect(sent(quotes)).toHaveLength(200);
  clock.advance(1_000);
  for (let index = 0; index < 1_000; index++) update(positions, position(`${index}`, `S${index}`), 5_000 + index);
  await tick();
  expect(client.inspect().topics.filter(({ route }) => route === "quotes")).toHaveLength(210);
});

test("reloads the account at most five times, and once more every five seconds, if its name keeps changing", async () => {
  const clock = new ManualClock();
  const { host, broker, confirm, update } = await trading(
    { account: async () => ({ id: "A-1", name: "first", currency: "USD" }) as never },
    { clock },
  );
  await broker.accountsMetainfo();
  confirm(account, []);
  const rename = (offset: number) => update(account, { id: "A-1", name: `name ${offset}`, currency: "USD" }, offset);
  for (let offset = 1; offset <= 1_000; offset++) rename(offset);
  expect(host.callsOf("currentAccountUpdate")).toHaveLength(5);
  clock.advance(5_000);
  for (let offset = 1_001; offset <= 2_000; offset++) rename(offset);
  expect(host.callsOf("currentAccountUpdate")).toHaveLength(6);
});

test("drops evicted items from a load that is pending", async () => {
  const list = new ReconciledList<{ id: string }>(() => false);
  let reply: (items: { id: string }[]) => void = () => {};
  const loading = list.load(
    () =>
      new Promise((resolve) => {
        reply = resolve;
      }),
  );
  for (const id of ["1", "2"]) list.changes({ id }, false);
  list.remove({ id: "1" });
  reply([]);
  expect(await loading).toEqual([{ id: "2" }]);
});
