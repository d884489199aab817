import { scenarioList } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf, executionsOf, quote, quotesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as topicScenarios };

const add = inGroup({ section: "Topics", tier: "required" });

/** Adds a scenario that sends a request as text, and compares the topic of the reply byte for byte. */
function addTopic(id: string, title: string, sentence: string, payload: string, topic: string): void {
  add(id, title, sentence, async (server) => {
    const peer = await server.connect();
    peer.send(`{"type":"bars.subscribe","payload":${payload}}`);
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok", topic } });
  });
}

const SORTED = "own enumerable string keys, sorted by Unicode code point at every level";
const ESCAPED = 'are escaped: `\\" \\\\ \\n \\r \\t \\f \\b`, all others `\\uXXXX` in lower-case hex.';

addTopic(
  "topic-sorted-keys",
  "sorts the keys of the request in the topic",
  SORTED,
  '{"symbol":"SORT1","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"SORT1"}',
);
addTopic(
  "topic-white-space",
  "leaves out the white space of the request",
  "default `ensure_ascii`, separators `,` and `:`",
  ' {\n\t"symbol" : "SPACE1" ,\r\n "resolution" : "1"\n} ',
  'bars:{"resolution":"1","symbol":"SPACE1"}',
);
addTopic(
  "topic-space-in-value",
  "keeps white space, commas and colons inside of a value",
  "default `ensure_ascii`, separators `,` and `:`",
  '{"symbol":"A, B: C","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"A, B: C"}',
);
addTopic(
  "topic-escapes-quotes",
  "escapes quotation marks and backslashes",
  ESCAPED,
  '{"symbol":"Q\\"B\\\\C","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"Q\\"B\\\\C"}',
);
addTopic(
  "topic-escapes-control-characters",
  "writes the short escapes of control characters, and \\u00XX for the others",
  ESCAPED,
  '{"symbol":"\\u000a\\u000d\\u0009\\u000c\\u0008\\u0001\\u001F\\u007F","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"\\n\\r\\t\\f\\b\\u0001\\u001f\\u007f"}',
);
addTopic(
  "topic-escapes-non-ascii",
  "escapes characters outside of ASCII in lower-case hex",
  "It is always printable ASCII.",
  '{"symbol":"é€\u2028","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"\\u00e9\\u20ac\\u2028"}',
);
addTopic(
  "topic-escapes-astral",
  "escapes a character above U+FFFF as two units",
  "every UTF-16 unit outside U+0020 to U+007E are escaped",
  '{"symbol":"😀","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"\\ud83d\\ude00"}',
);
addTopic(
  "topic-slash",
  "does not escape a slash, even if the request does",
  ESCAPED,
  '{"symbol":"BRK\\/B","resolution":"1"}',
  'bars:{"resolution":"1","symbol":"BRK/B"}',
);
addTopic(
  "topic-escaped-request",
  "reads escapes of the request before it builds the topic",
  ESCAPED,
  '{"symbol":"\\u0041\\u0042C","resolution":"\\u0031"}',
  'bars:{"resolution":"1","symbol":"ABC"}',
);

const params = inGroup({ section: "Route parameters", tier: "required" });

params(
  "topic-unknown-keys",
  "drops keys that the route does not define",
  "Both sides drop unknown keys before they build the topic.",
  async (server) => {
    const peer = await server.connect();
    const { topic } = barsOf("EXTRA1");
    peer.send({
      type: "bars.subscribe",
      payload: { a: 1, symbol: "EXTRA1", resolution: "1", zz: { symbol: "other" } },
    });
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok", topic } });
  },
);

params(
  "topic-array-order",
  "builds two topics from one list in two orders",
  'The order of an array matters: `["A","B"]` and `["B","A"]` are two topics.',
  async (server) => {
    const [a, b] = [server.name(), server.name()];
    const [first, second] = [await server.connect(), await server.connect()];
    const [ab, ba] = [quotesOf(a, b), quotesOf(b, a)];
    await server.subscribe(first, ab);
    await server.subscribe(second, ba);
    await server.publish(ba, quote(a, "x"));
    await server.update(second, ba, quote(a, "x"));
    await server.settle(first);
  },
  ["quotes", "publish"],
);

add(
  "topic-empty-list",
  "writes an empty list as []",
  "**Arrays** keep their order.",
  async (server) => void (await server.subscribe(await server.connect(), quotesOf())),
  ["quotes"],
);

for (const [id, title, symbol] of [
  ["topic-null", "writes null as an empty text", null],
  ["topic-empty-text", "reads an empty text in a nullable field as null", ""],
] as const) {
  params(
    id,
    title,
    'In a nullable field, both sides first read `""` as null: the two make one topic, so they must be one subscription.',
    async (server) => {
      const account = server.name();
      const peer = server.features.has("private") ? await server.connectAs(account) : await server.connect();
      const target = executionsOf(account, null);
      peer.send({ type: "executions.subscribe", payload: { accountId: account, symbol } });
      await peer.expect({ type: "executions.subscribe.response", payload: { status: "ok", topic: target.topic } });
    },
    ["executions"],
  );
}

add(
  "topic-exact",
  "sends an update to the subscribers of exactly the same topic",
  "The server sends an update to the subscribers of exactly the same topic string.",
  async (server) => {
    const symbol = server.name();
    const [upper, lower] = [barsOf(symbol), barsOf(symbol.toLowerCase())];
    const [first, second] = [await server.connect(), await server.connect()];
    await server.subscribe(first, upper);
    await server.subscribe(second, lower);
    await server.publish(lower, bar(1));
    await server.update(second, lower, bar(1));
    await server.settle(first);
  },
  ["publish"],
);

add(
  "topic-of-each-value",
  "builds different topics from different values of one parameter",
  "The server sends an update to the subscribers of exactly the same topic string.",
  async (server) => {
    const symbol = server.name();
    const peer = await server.connect();
    const [minute, day] = [barsOf(symbol), barsOf(symbol, "D")];
    await server.subscribe(peer, minute);
    await server.subscribe(peer, day);
    await server.publish(day, bar(2));
    await server.update(peer, day, bar(2));
    await server.publish(minute, bar(3));
    await server.update(peer, minute, bar(3));
  },
  ["publish"],
);
