import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as endpointScenarios };

const modules = inGroup({ section: "Connecting", tier: "required", needs: ["modules"] });

modules(
  "module-endpoint",
  "serves the routes of a module at its own endpoint",
  "`/api/v1/{module}/ws` serves the routes and operations of one module only",
  async (server) => {
    const peer = await server.connect({ module: "datafeed" });
    await server.subscribe(peer, barsOf(server.name()));
  },
);

modules(
  "module-endpoint-others",
  "knows no types of other modules at the endpoint of a module",
  "there, the types of other modules are unknown.",
  async (server) => {
    const peer = await server.connect({ module: "datafeed" });
    peer.send({ type: "orders.subscribe", payload: { accountId: server.name() } });
    await peer.closes(1003, "No matching type");
  },
);

const legacy = inGroup({ section: "Legacy dialects", tier: "older", needs: ["legacy-bars"] });
const REPLY = 'The reply is `{"status","symbol","message":"Subscribed to AAPL","topic":"bars:AAPL:1"}`';

function legacyRequest(verb: string, symbol: string, params: object): object {
  return { type: `bars.${verb}`, payload: { symbol, params } };
}

legacy("legacy-bars-reply", "replies to the older dialect of bars in that dialect", REPLY, async (server) => {
  const peer = await server.connect();
  const symbol = server.name();
  peer.send(legacyRequest("subscribe", symbol, { resolution: "5" }));
  const payload = { status: "ok", symbol, message: `Subscribed to ${symbol}`, topic: `bars:${symbol}:5` };
  await peer.expect({ type: "bars.subscribe.response", payload });
  peer.send(legacyRequest("unsubscribe", symbol, { resolution: "5" }));
  const ended = { status: "ok", symbol, message: `Unsubscribed from ${symbol}`, topic: `bars:${symbol}:5` };
  await peer.expect({ type: "bars.unsubscribe.response", payload: ended });
});

legacy(
  "legacy-bars-default",
  "uses the resolution 1 if the request has none",
  '(`resolution` defaults to `"1"`)',
  async (server) => {
    const peer = await server.connect();
    const symbol = server.name();
    peer.send(legacyRequest("subscribe", symbol, {}));
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok", topic: `bars:${symbol}:1` } });
  },
);

legacy(
  "legacy-bars-update",
  "sends the bare bar",
  "and an update's payload is the bare bar.",
  async (server) => {
    const peer = await server.connect();
    const symbol = server.name();
    peer.send(legacyRequest("subscribe", symbol, { resolution: "1" }));
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok" } });
    await server.publish(barsOf(symbol), bar(1));
    await peer.expect({ type: "bars.update", payload: { ...bar(1), topic: is.absent, payload: is.absent } });
  },
  ["publish"],
);

legacy(
  "legacy-bars-apart",
  "keeps the subscriptions of the two dialects apart",
  "Its subscriptions are separate: unsubscribing in one dialect does not affect the other.",
  async (server) => {
    const peer = await server.connect();
    const symbol = server.name();
    const target = barsOf(symbol);
    await server.subscribe(peer, target);
    peer.send(legacyRequest("subscribe", symbol, { resolution: "1" }));
    await peer.expect({ type: "bars.subscribe.response", payload: { topic: `bars:${symbol}:1` } });
    peer.send(legacyRequest("unsubscribe", symbol, { resolution: "1" }));
    await peer.expect({ type: "bars.unsubscribe.response", payload: { topic: `bars:${symbol}:1` } });
    await server.publish(target, bar(1));
    await server.update(peer, target, bar(1));
    await server.settle(peer);
  },
  ["publish", "both-dialects"],
);

inGroup({ section: "Legacy dialects", tier: "older", needs: ["executions", "legacy-executions"] })(
  "legacy-executions",
  "reads executions without a symbol as null",
  "**`executions`** without `symbol` means null",
  async (server) => {
    const accountId = server.name();
    const peer = server.features.has("private") ? await server.connectAs(accountId) : await server.connect();
    peer.send({ type: "executions.subscribe", payload: { accountId } });
    const topic = `executions:{"accountId":"${accountId}","symbol":""}`;
    await peer.expect({ type: "executions.subscribe.response", payload: { status: "ok", topic } });
  },
);
