import { scenarioList } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { barsOf, quotesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as invalidFrameScenarios };

const INVALID =
  "`Could not validate payload` if a frame is binary, is not JSON, or does not match the schema of the envelope or of its payload;";
const UNKNOWN = "`No matching type` if the type is unknown.";

/** An invalid frame of the base protocol, and the reason of its close. */
interface InvalidFrame {
  readonly id: string;
  readonly title: string;
  readonly frame: string | Uint8Array;
  readonly reason?: string;
  readonly needs?: readonly string[];
}

const payload = '{"symbol":"AAPL","resolution":"1"}';

const FRAMES: readonly InvalidFrame[] = [
  { id: "not-json", title: "text that is not JSON", frame: "not json" },
  { id: "cut-json", title: "JSON that is cut off", frame: `{"type":"bars.subscribe","payload":${payload}` },
  { id: "binary", title: "a binary frame", frame: Buffer.from(`{"type":"bars.subscribe","payload":${payload}}`) },
  { id: "empty", title: "an empty text", frame: "" },
  { id: "array", title: "an array", frame: `[{"type":"bars.subscribe","payload":${payload}}]` },
  { id: "text", title: "a JSON text", frame: '"bars.subscribe"' },
  { id: "null", title: "null", frame: "null" },
  { id: "no-type", title: "an envelope without a type", frame: `{"payload":${payload}}` },
  { id: "number-type", title: "a type that is a number", frame: `{"type":1,"payload":${payload}}` },
  { id: "no-payload", title: "a subscribe request without a payload", frame: '{"type":"bars.subscribe"}' },
  {
    id: "text-payload",
    title: "a payload that is a text",
    frame: '{"type":"bars.subscribe","payload":"AAPL"}',
  },
  {
    id: "missing-param",
    title: "a payload without a required parameter",
    frame: '{"type":"bars.subscribe","payload":{"resolution":"1"}}',
  },
  {
    id: "null-param",
    title: "null in a parameter that is not nullable",
    frame: '{"type":"bars.subscribe","payload":{"symbol":null,"resolution":"1"}}',
  },
  {
    id: "number-param",
    title: "a number in a parameter that is a text",
    frame: '{"type":"bars.subscribe","payload":{"symbol":1,"resolution":"1"}}',
  },
  {
    id: "enum-param",
    title: "a value that an enum does not have",
    frame: '{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"7"}}',
  },
  {
    id: "unsubscribe-params",
    title: "an unsubscribe request without a required parameter",
    frame: '{"type":"bars.unsubscribe","payload":{"resolution":"1"}}',
  },
  {
    id: "long-id",
    title: "an id of 65 characters",
    frame: `{"type":"bars.subscribe","payload":${payload},"id":"${"i".repeat(65)}"}`,
    needs: ["ids"],
  },
  {
    id: "fraction-id",
    title: "an id with a fraction",
    frame: `{"type":"bars.subscribe","payload":${payload},"id":1.5}`,
    needs: ["ids"],
  },
  {
    id: "negative-offset",
    title: "a resume with a negative offset",
    frame: `{"type":"bars.subscribe","payload":${payload},"resume":{"epoch":"e","offset":-1}}`,
    needs: ["positions"],
  },
  { id: "unknown-type", title: "an unknown type", frame: '{"type":"nothing.subscribe","payload":{}}', reason: "type" },
  {
    id: "unknown-verb",
    title: "an unknown verb of a route",
    frame: `{"type":"bars.watch","payload":${payload}}`,
    reason: "type",
  },
  {
    id: "session-type",
    title: "a ping on a base connection",
    frame: '{"type":"ping"}',
    reason: "type",
  },
];

const invalid = inGroup({ section: "Invalid frames", tier: "required" });

for (const { id, title, frame, reason, needs } of FRAMES) {
  const isType = reason === "type";
  invalid(
    `invalid-${id}`,
    `closes a base connection for ${title}`,
    isType ? UNKNOWN : INVALID,
    async (server) => {
      const peer = await server.connect();
      peer.send(frame);
      await peer.closes(1003, isType ? "No matching type" : "Could not validate payload");
    },
    needs,
  );
}

invalid(
  "invalid-others-stay",
  "keeps the connections of other clients",
  "The server closes the connection with 1003",
  async (server) => {
    const [first, second] = [await server.connect(), await server.connect()];
    await server.subscribe(second, barsOf(server.name()));
    first.send("not json");
    await first.closes(1003);
    await server.settle(second);
  },
);

const error = inGroup({ section: "Error", tier: "session", needs: ["session"] });
const REPORTED = "Reports an invalid frame, where the base protocol closes with 1003.";

for (const [id, title, frame, payload] of [
  ["not-json", "text that is not JSON", "not json", { code: "invalid_message" }],
  ["binary", "a binary frame", Buffer.from("{}"), { code: "invalid_message" }],
  ["envelope", "an array", "[]", { code: "invalid_message" }],
  [
    "payload",
    "a payload off the schema, with the id of the frame",
    '{"type":"bars.subscribe","payload":{"symbol":1},"id":"p1"}',
    { code: "invalid_message", id: "p1" },
  ],
  [
    "unknown-type",
    "an unknown type, with the id of the frame",
    '{"type":"nothing.subscribe","payload":{},"id":8}',
    { code: "unknown_type", id: 8 },
  ],
] as const) {
  error(`session-error-${id}`, `reports ${title}, and stays open`, REPORTED, async (server) => {
    const peer = await server.session();
    peer.send(frame);
    await peer.expect({ type: "error", payload: { ...payload, retryable: false } });
    await server.settle(peer);
  });
}

error(
  "session-too-many-errors",
  "closes after 17 invalid frames",
  "After 16 invalid frames the server closes the connection with 4102.",
  async (server) => {
    const peer = await server.session();
    for (let sent = 0; sent < 17; sent++) peer.send("not json");
    for (let read = 0; read < 17; read++) {
      if (peer.isClosed) break;
      await peer.expect({ type: "error", payload: { code: "invalid_message" } });
    }
    await peer.closes(4102);
  },
  ["limits"],
);

const limits = inGroup({ section: "Limits", tier: "required", needs: ["limits"] });
const EFFECT = "Every limit can be configured, and has the effect in the table when it is reached.";

limits("limit-frame", "closes with 1009 for a frame of more than 64 KiB", EFFECT, async (server) => {
  const peer = await server.connect();
  peer.send(`{"type":"bars.subscribe","payload":${payload},"padding":"${"x".repeat(65_536)}"}`);
  await peer.closes(1009);
});

limits("limit-nesting", "closes with 1003 for a frame of more than 32 levels", EFFECT, async (server) => {
  const peer = await server.connect();
  peer.send(`{"type":"bars.subscribe","payload":${payload},"deep":${"[".repeat(40)}${"]".repeat(40)}}`);
  await peer.closes(1003, "Could not validate payload");
});

limits(
  "limit-topic",
  "rejects a topic of more than 16,384 characters, and stays open",
  EFFECT,
  async (server) => {
    const peer = await server.connect();
    const symbols = Array.from({ length: 400 }, (_, index) => `S${index}`.padEnd(60, "x"));
    peer.send({ type: "quotes.subscribe", payload: quotesOf(...symbols).params });
    await peer.expect({ type: "quotes.subscribe.response", payload: { status: "error", code: "topic_too_long" } });
    await server.settle(peer);
  },
  ["quotes"],
);

limits(
  "limit-subscriptions",
  "rejects one subscription too many, and accepts it after an unsubscribe",
  EFFECT,
  async (server) => {
    const started = await server.start({ maxSubscriptions: 2 });
    const peer = await started.connect();
    const targets = [barsOf(server.name()), barsOf(server.name()), barsOf(server.name())] as const;
    await started.subscribe(peer, targets[0]);
    await started.subscribe(peer, targets[1]);
    peer.send({ type: "bars.subscribe", payload: targets[2].params });
    const payload = { status: "error", code: "too_many_subscriptions", topic: targets[2].topic };
    await peer.expect({ type: "bars.subscribe.response", payload });
    await started.unsubscribe(peer, targets[0]);
    await started.subscribe(peer, targets[2]);
  },
  ["start"],
);
