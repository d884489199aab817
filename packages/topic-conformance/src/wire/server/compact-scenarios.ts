import { unpack } from "../compact.js";
import { is } from "../match.js";
import type { Frame, Peer } from "../peer.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf, order, ordersOf, quote, quotesOf, type TestTopic } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as compactScenarios };

const OFFERED = { subprotocols: ["trading.v2.compact", "trading.v2"], hasCompactUpdates: true, name: "compact" };
const needs = ["compact", "publish"];

/** Subscribes, and returns the alias and the layout of the reply. */
async function subscribe(server: ServerContext, peer: Peer, target: TestTopic) {
  const { payload } = await server.subscribe(peer, target);
  if (!Number.isSafeInteger(payload.compact?.alias)) {
    throw new WireFailure('"compact":{"alias":<integer>} in the reply', JSON.stringify(payload));
  }
  return payload.compact as { readonly alias: number; readonly layout?: Parameters<typeof unpack>[1] };
}

/** Reads a compact update with this alias. */
async function next(peer: Peer, alias: number): Promise<readonly [number, number, unknown]> {
  const { text } = await peer.expect([alias, is.any, is.any]);
  return JSON.parse(text);
}

/** Publishes updates, and compares the text of each compact one with that of the usual form on another connection. */
async function expectSame(server: ServerContext, target: TestTopic, updates: readonly object[], token?: string) {
  const login = token !== undefined && { token };
  const plain = await server.connect({ name: "usual", ...login });
  const compact = await server.connect({ ...OFFERED, ...login });
  await server.subscribe(plain, target);
  const { alias, layout } = await subscribe(server, compact, target);
  for (const update of updates) {
    await server.publish(target, update);
    const usual: Frame = await plain.expect({ type: `${target.route}.update` });
    const [, , value] = await next(compact, alias);
    const [expected, received] = [JSON.stringify(usual.payload.payload), JSON.stringify(unpack(value, layout))];
    if (expected !== received) throw new WireFailure(expected, received);
  }
  await server.settle(compact);
}

const negotiation = inGroup({ section: "Negotiation", tier: "required", needs });
const SELECTS =
  "The server selects `trading.v2.compact` if it has compact updates, else `trading.v2`, with which all updates have the usual form.";

negotiation("compact-selected", "selects the subprotocol of compact updates", SELECTS, async (server) => {
  const peer = await server.connect(OFFERED);
  if (peer.subprotocol !== "trading.v2.compact") {
    throw new WireFailure("the subprotocol trading.v2.compact", peer.subprotocol || "no subprotocol");
  }
});

negotiation("compact-not-offered", "sends updates of the usual form to other clients", SELECTS, async (server) => {
  const peer = await server.connect({ subprotocols: ["trading.v2"] });
  const target = barsOf(server.name());
  const { payload } = await server.subscribe(peer, target);
  if (payload.compact !== undefined) throw new WireFailure('a reply without "compact"', JSON.stringify(payload));
  await server.publish(target, bar(1));
  await server.update(peer, target, bar(1));
});

inGroup({ section: "Negotiation", tier: "required", needs: [...needs, "private"] })(
  "compact-bearer",
  "accepts a bearer token among the subprotocols",
  "A bearer token can be offered in addition",
  async (server) => {
    const user = server.name();
    const token = `bearer.${await server.token(user)}`;
    const peer = await server.connect({ ...OFFERED, subprotocols: [...OFFERED.subprotocols, token] });
    const { alias } = await subscribe(server, peer, ordersOf(user));
    await server.publish(ordersOf(user), order("o1"));
    await next(peer, alias);
  },
);

inGroup({ section: "Negotiation", tier: "session", needs: [...needs, "session"] })(
  "compact-session",
  "sends compact updates to a session, and all other messages in the usual form",
  "The base protocol and the session extension both have compact updates.",
  async (server) => {
    const peer = await server.session(OFFERED);
    const target = barsOf(server.name());
    const { payload } = await server.subscribeSession(peer, target);
    await server.publish(target, bar(1));
    const [, , value] = await next(peer, payload.compact?.alias);
    const update = unpack(value, payload.compact?.layout);
    if (JSON.stringify(update) !== JSON.stringify(bar(1))) {
      throw new WireFailure(JSON.stringify(bar(1)), JSON.stringify(update));
    }
    await server.settle(peer);
  },
);

const alias = inGroup({ section: "Alias and layout", tier: "required", needs });
const STANDS = "Stands for the topic on this connection, until the next subscribe reply for the topic.";

alias("compact-alias", "gives each topic an alias that no other topic has", STANDS, async (server) => {
  const peer = await server.connect(OFFERED);
  const [first, second] = [barsOf(server.name()), barsOf(server.name())];
  const one = await subscribe(server, peer, first);
  const two = await subscribe(server, peer, second);
  if (one.alias === two.alias) throw new WireFailure("two aliases", `${one.alias} and ${two.alias}`);
  await server.publish(second, bar(1));
  await next(peer, two.alias);
  await server.publish(first, bar(1));
  await next(peer, one.alias);
});

alias("compact-alias-again", "uses the alias of the last subscribe reply", STANDS, async (server) => {
  const peer = await server.connect(OFFERED);
  const target = barsOf(server.name());
  await subscribe(server, peer, target);
  const { alias } = await subscribe(server, peer, target);
  await server.publish(target, bar(1));
  await next(peer, alias);
});

const update = inGroup({ section: "Compact update", tier: "required", needs });
const EXACT =
  "A compact update stands for exactly the update of the usual form: the same numbers, the same strings with their escapes, the same members in the same order.";

update("compact-update", "sends the numbers and members of the usual form, in order", EXACT, async (server) => {
  await expectSame(server, barsOf(server.name()), [bar(1), bar(2, 150.75), bar(3, 1e-7)]);
});

update(
  "compact-nested",
  "sends the strings of nested objects with their escapes",
  EXACT,
  async (server) => {
    const symbol = server.name();
    await expectSame(server, quotesOf(symbol), [quote(symbol, 'a"b\\c/d\u00e9\u0001\ud83d\ude00'), quote(symbol, "")]);
  },
  ["quotes"],
);

update(
  "compact-absent-members",
  "sends updates in which members are absent",
  EXACT,
  async (server) => {
    const user = server.name();
    const { limitPrice: _limitPrice, ...market } = order("o2") as Record<string, unknown>;
    await expectSame(server, ordersOf(user), [order("o1"), market, order("o3")], await server.token(user));
  },
  ["private"],
);

update(
  "compact-offset",
  "sends the offset of the usual form",
  "A text frame with a JSON array of three elements: the alias, the offset, and the update.",
  async (server) => {
    const target = barsOf(server.name());
    const plain = await server.connect({ name: "usual" });
    const compact = await server.connect(OFFERED);
    await server.subscribe(plain, target);
    const { alias } = await subscribe(server, compact, target);
    for (const time of [1, 2]) {
      await server.publish(target, bar(time));
      const { offset } = (await server.update(plain, target, bar(time))).payload;
      await compact.expect([alias, offset, is.any]);
    }
  },
  ["positions"],
);

inGroup({ section: "Compact updates", tier: "required", needs })(
  "compact-other-messages",
  "sends replies in the usual form, and no update after the unsubscribe reply",
  "Every other message, in both directions, is the same as without it, and so are offsets, order and limits.",
  async (server) => {
    const target = barsOf(server.name());
    const holder = await server.connect({ name: "holder" });
    await server.subscribe(holder, target);
    const peer = await server.connect(OFFERED);
    await subscribe(server, peer, target);
    await server.unsubscribe(peer, target);
    await server.publish(target, bar(1));
    await server.update(holder, target, bar(1));
    await server.settle(peer);
  },
);

inGroup({ section: "Invalid compact updates", tier: "required", needs })(
  "compact-request",
  "closes a base connection for an array",
  "The server has no compact form of requests: an array is an [invalid frame](#invalid-frames).",
  async (server) => {
    const peer = await server.connect(OFFERED);
    const { alias } = await subscribe(server, peer, barsOf(server.name()));
    peer.send([alias, 1, []]);
    await peer.closes(1003, "Could not validate payload");
  },
);
