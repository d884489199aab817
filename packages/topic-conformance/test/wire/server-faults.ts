import { ACCESS_FAULTS } from "./access-faults.js";
import { COMPACT_FAULTS } from "./compact-faults.js";
import {
  isSubscribe,
  isUnsubscribe,
  isUpdate,
  keyOf,
  payloadFault,
  swallow,
  topicFault,
  unsubscribed,
  withPayload,
} from "./fault-kinds.js";
import type { Fault } from "./faulty-proxy.js";
import { AUTH_FAULTS, ENDPOINT_FAULTS, POSITION_FAULTS, SESSION_FAULTS } from "./session-faults.js";

const TOPICS: readonly Fault[] = [
  topicFault("does not sort the keys", "topic-sorted-keys", (topic) =>
    topic.replace(/\{("resolution":"[^"]*"),("symbol":"[^"]*")\}/, "{$2,$1}"),
  ),
  topicFault("writes a space after commas", "topic-white-space", (topic) => topic.replace('","', '", "')),
  topicFault("removes all spaces", "topic-space-in-value", (topic) => topic.replaceAll(" ", "")),
  topicFault("does not escape quotation marks", "topic-escapes-quotes", (topic) => topic.replaceAll('\\"', '"')),
  topicFault("writes hex in upper case", "topic-escapes-control-characters", (topic) =>
    topic.replace(/\\u[0-9a-f]{4}/g, (unit) => `\\u${unit.slice(2).toUpperCase()}`),
  ),
  topicFault("writes characters as they are", "topic-escapes-non-ascii", (topic) =>
    topic.replace(/\\u00e9/g, "é").replace(/\\u20ac/g, "€"),
  ),
  topicFault("joins surrogates", "topic-escapes-astral", (topic) => topic.replace("\\ud83d\\ude00", "\\u{1f600}")),
  topicFault("escapes slashes", "topic-slash", (topic) => topic.replaceAll("/", "\\/")),
  topicFault("writes null as null", "topic-null", (topic) => topic.replace('"symbol":""', '"symbol":null')),
  topicFault("writes an empty list as null", "topic-empty-list", (topic) => topic.replaceAll("[]", "null")),
  {
    name: "sorts lists",
    caughtBy: "topic-array-order",
    toServer: (frame) => withPayload(frame, ({ symbols }) => (symbols ? { symbols: [...symbols].sort() } : {})),
  },
  {
    name: "ignores the case of a symbol",
    caughtBy: "topic-exact",
    toServer: (frame) => withPayload(frame, ({ symbol }) => (symbol ? { symbol: symbol.toUpperCase() } : {})),
  },
  {
    name: "keeps unknown keys",
    caughtBy: "topic-unknown-keys",
    toServer(frame, { state }) {
      state.set("extra", "zz" in (frame.payload ?? {}));
      return frame;
    },
    toClient: (frame, { state }) =>
      state.get("extra") ? withPayload(frame, ({ topic }) => ({ topic: topic.replace("{", '{"a":1,') })) : frame,
  },
];

const BASE: readonly Fault[] = [
  { name: "drops ids", caughtBy: "id-text", toClient: ({ id: _id, ...frame }) => frame },
  {
    name: "writes ids as text",
    caughtBy: "id-integer",
    toClient: (frame) => (frame.id === undefined ? frame : { ...frame, id: String(frame.id) }),
  },
  {
    name: "cuts ids",
    caughtBy: "id-longest",
    toClient: (frame) => (typeof frame.id === "string" ? { ...frame, id: frame.id.slice(0, 32) } : frame),
  },
  { name: "writes an absent id as null", caughtBy: "id-absent", toClient: (frame) => ({ id: null, ...frame }) },
  payloadFault("has another message", "subscribe-reply", /subscribe\.response$/, () => ({ message: "OK" })),
  {
    name: "replies to an unsubscribe as to a subscribe",
    caughtBy: "unsubscribe-reply",
    toClient: (frame) => ({ ...frame, type: frame.type.replace("unsubscribe", "subscribe") }),
  },
  payloadFault("rounds prices", "update", /\.update$/, ({ payload }) => ({ payload: { ...payload, close: 150 } })),
  {
    name: "sends an update twice",
    caughtBy: "update-once",
    toClient(frame, connection) {
      if (isUpdate(frame)) connection.toClient(frame);
      return frame;
    },
  },
  {
    name: "sends an update to the first subscriber only",
    caughtBy: "update-each-subscriber",
    toClient(frame, { shared }) {
      if (!isUpdate(frame)) return frame;
      const isFirst = !shared.has(keyOf(frame));
      shared.set(keyOf(frame), true);
      return isFirst ? frame : undefined;
    },
  },
  {
    name: "sends two updates in the wrong order",
    caughtBy: "update-order",
    toClient(frame, connection) {
      const { state } = connection;
      if (!isUpdate(frame)) return frame;
      const kept = state.get("kept");
      if (kept === undefined) return void state.set("kept", frame);
      state.delete("kept");
      connection.toClient(frame);
      return kept;
    },
  },
  {
    name: "sends the reply after the first update",
    caughtBy: "reply-before-update",
    toClient(frame, connection) {
      const { state } = connection;
      if (isUpdate(frame)) {
        clearTimeout(state.get("timer"));
        setImmediate(() => state.get("reply") && connection.toClient(state.get("reply")));
        state.delete("timer");
        return frame;
      }
      if (!/\.subscribe\.response$/.test(frame.type)) return frame;
      state.set("reply", frame);
      state.set(
        "timer",
        setTimeout(() => connection.toClient(frame), 100),
      );
    },
  },
  {
    name: "ignores unsubscribe requests",
    caughtBy: "nothing-after-unsubscribe",
    toServer: (frame, connection) => (isUnsubscribe(frame) ? swallow(frame, connection) : frame),
  },
  {
    name: "counts the subscribe requests of a client",
    caughtBy: "subscribed-twice-ends-once",
    toServer(frame, connection) {
      const { state } = connection;
      const count = state.get(keyOf(frame)) ?? 0;
      state.set(keyOf(frame), count + (isSubscribe(frame) ? 1 : -1));
      return isUnsubscribe(frame) && count > 1 ? swallow(frame, connection) : frame;
    },
  },
  {
    name: "does not reply to a repeated subscribe",
    caughtBy: "subscribed-twice-replies",
    toServer(frame, { state }) {
      if (!isSubscribe(frame)) return frame;
      const isRepeated = state.has(keyOf(frame));
      state.set(keyOf(frame), true);
      return isRepeated ? undefined : frame;
    },
  },
  {
    name: "rejects an unsubscribe without a subscription",
    caughtBy: "unsubscribe-without-subscription",
    toServer: (frame, connection) =>
      isUnsubscribe(frame) ? void connection.toClient(unsubscribed(frame, "error")) : frame,
  },
  {
    name: "replies in the reverse order",
    caughtBy: "replies-in-order",
    toClient(frame, connection) {
      const { state } = connection;
      const kept = state.get("kept");
      if (kept === undefined) return void state.set("kept", frame);
      state.delete("kept");
      connection.toClient(frame);
      return kept;
    },
  },
  {
    name: "does not release on disconnect",
    caughtBy: "disconnect-releases-closed",
    onClientClose: "keep-server",
  },
  {
    name: "ends a topic silently",
    caughtBy: "source-ended-base",
    close: () => undefined,
  },
];

const INVALID: readonly Fault[] = [
  { name: "closes with another reason", caughtBy: "invalid-not-json", close: (code) => [code, "Unsupported Data"] },
  { name: "closes with 1002", caughtBy: "invalid-missing-param", close: (_code, reason) => [1002, reason] },
  { name: "accepts binary frames", caughtBy: "invalid-binary", isBinaryAccepted: true },
  {
    name: "ignores an unknown type",
    caughtBy: "invalid-unknown-type",
    toServer: (frame) => (/^(nothing)/.test(frame.type) ? undefined : frame),
  },
  {
    name: "reads a number as text",
    caughtBy: "invalid-number-param",
    toServer: (frame) => withPayload(frame, ({ symbol }) => ({ symbol: String(symbol) })),
  },
  {
    name: "accepts long ids",
    caughtBy: "invalid-long-id",
    toServer: (frame) => ({ ...frame, ...(frame.id && { id: frame.id.slice(0, 64) }) }),
  },
  {
    name: "accepts frames of any size",
    caughtBy: "limit-frame",
    toServer: ({ padding: _padding, ...frame }) => frame,
  },
  {
    name: "does not limit subscriptions",
    caughtBy: "limit-subscriptions",
    toClient: (frame) => withPayload(frame, () => ({ status: "ok" })),
  },
  {
    name: "closes a session for an invalid frame",
    caughtBy: "session-error-not-json",
    toClient: (frame) => (frame.type === "error" ? undefined : frame),
  },
  payloadFault("sends errors without the id", "session-error-payload", /^error$/, () => ({ id: undefined })),
];

const LIVENESS: readonly Fault[] = [
  { name: "does not close a silent connection", caughtBy: "heartbeat-timeout", close: () => undefined },
  {
    name: "counts pongs of base connections",
    caughtBy: "heartbeat-pongs",
    onPong: ({ toServer }) => toServer({ type: "bars.unsubscribe", payload: { symbol: "KEEP", resolution: "1" } }),
    toClient: (frame) => (frame.payload?.topic?.includes("KEEP") ? undefined : frame),
  },
  {
    name: "does not count subscribe requests as messages",
    caughtBy: "heartbeat-kept",
    toServer(frame, connection) {
      const { state } = connection;
      if (!state.has(keyOf(frame))) {
        state.set(keyOf(frame), true);
        return frame;
      }
      const { payload } = unsubscribed(frame);
      connection.toClient({ type: `${frame.type}.response`, payload: { ...payload, message: "Subscribed" } });
    },
  },
  { name: "closes an old connection with 1000", caughtBy: "lifespan", close: (_code, reason) => [1000, reason] },
  { name: "closes an idle session with 1003", caughtBy: "session-idle", close: (_code, reason) => [1003, reason] },
];

/** The faults of servers, each with the scenario that must catch it. */
export const SERVER_FAULTS: readonly Fault[] = [
  ...TOPICS,
  ...BASE,
  ...INVALID,
  ...LIVENESS,
  ...SESSION_FAULTS,
  ...AUTH_FAULTS,
  ...POSITION_FAULTS,
  ...ENDPOINT_FAULTS,
  ...ACCESS_FAULTS,
  ...COMPACT_FAULTS,
];
