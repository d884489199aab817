import { type Bar, bars, trades } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { MemoryClient, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

test("internal routes are followed and read by the server, and unknown to clients and documents", async () => {
  const source = new FakeSource();
  const internalRoutes = [serve(bars, source)];
  const routes = [serve(trades, new ScriptedSource() as never)];
  const module = defineModule({ name: "datafeed", version: "1", routes, internalRoutes });
  const server = createServer({ title: "", version: "", modules: [module], lingerMs: 0 });
  onTestFinished(() => server.close());
  const received: Bar[] = [];
  server.follow(bars, AAPL, { onUpdate: (update) => void received.push(update) });
  await until(() => source.count("create") === 1);
  source.publish(bar(1));
  expect(received).toEqual([bar(1)]);
  expect(await server.read(bars, AAPL)).toEqual([bar(1)]);

  const client = MemoryClient.connect(server);
  expect((await client.next()).type).toBe("session.welcome");
  client.subscribe("bars", AAPL);
  expect(await client.next()).toMatchObject({ payload: { code: "unknown_type" } });
  const { port } = await server.listen();
  const document = await (await fetch(`http://127.0.0.1:${port}/api/v1/ws/asyncapi.json`)).text();
  expect(document).toContain("trades.subscribe");
  expect(document).not.toContain("bars");
});

test("a route cannot be both internal and public", () => {
  const [routes, internalRoutes] = [[serve(bars, new FakeSource())], [serve(bars, new FakeSource())]];
  expect(() => defineModule({ name: "datafeed", version: "1", routes, internalRoutes })).toThrow(
    '"bars.subscribe" of module "datafeed" is already served by module "datafeed"',
  );
});
