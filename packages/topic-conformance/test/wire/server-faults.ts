import type { Fault, Frame, ProxiedConnection } from "./faulty-proxy.js";

/** Changes the topic of every frame to the client. */
function topicFault(name: string, caughtBy: string, change: (topic: string) => string): Fault {
  return {
    name,
    caughtBy,
    toClient: (frame) => withPayload(frame, (p) => (p.topic ? { topic: change(p.topic) } : {})),
  };
}

function withPayload(frame: Frame, change: (payload: Frame) => object): Frame {
  return frame.payload === undefined ? frame : { ...frame, payload: { ...frame.payload, ...change(frame.payload) } };
}

/** Changes the payload of frames of one type to the client. */
function payloadFault(name: string, caughtBy: string, type: RegExp, change: (payload: Frame) => object): Fault {
  return { name, caughtBy, toClient: (frame) => (type.test(frame.type) ? withPayload(frame, change) : frame) };
}

/** Drops frames to the client. */
function dropFault(name: string, caughtBy: string, type: RegExp): Fault {
  return { name, caughtBy, toClient: (frame) => (type.test(frame.type) ? undefined : frame) };
}

const isUpdate = (frame: Frame) => /\.update$/.test(frame.type);
const isSubscribe = (frame: Frame) => /\.subscribe$/.test(frame.type);
const isUnsubscribe = (frame: Frame) => /\.unsubscribe$/.test(frame.type);

/** Returns the reply that the server would send to an unsubscribe request of bars. */
function unsubscribed({ type, payload: { symbol, resolution } }: Frame, status = "ok"): Frame {
  const topic = `bars:{"resolution":"${resolution}","symbol":"${symbol}"}`;
  return { type: `${type}.response`, payload: { status, message: "Unsubscribed", topic } };
}

function keyOf(frame: Frame): string {
  return JSON.stringify(frame.payload);
}

/** Replies to an unsubscribe request in place of the server, which does not get it. */
function swallow(frame: Frame, connection: ProxiedConnection): undefined {
  connection.toClient(unsubscribed(frame));
}

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

const SESSION: readonly Fault[] = [
  dropFault("sends no welcome", "session-welcome-first", /^session\.welcome$/),
  {
    name: "sends a welcome to every client",
    caughtBy: "session-not-requested-none",
    path: (path) => `${path}?protocol=2`,
  },
  payloadFault("gives all connections one id", "session-connection-ids", /^session\.welcome$/, () => ({
    connectionId: "1",
  })),
  {
    name: "replies to pings without the id",
    caughtBy: "session-ping-text-id",
    toClient: (frame) => (frame.type === "pong" ? { type: "pong" } : frame),
  },
  {
    name: "sends subscription.current before the snapshot",
    caughtBy: "session-current-after-snapshot",
    toClient(frame, connection) {
      const { state } = connection;
      if (isUpdate(frame) && !state.has("kept")) return void state.set("kept", frame);
      if (frame.type === "subscription.current") {
        connection.toClient(frame);
        return state.get("kept");
      }
      return frame;
    },
  },
  payloadFault("sends the old position", "session-current-after-recovery", /^subscription\.current$/, ({ offset }) => ({
    offset: offset - 1,
  })),
  {
    name: "closes the connection when one topic ends",
    caughtBy: "session-source-ended",
    toClient: (frame) => (frame.type === "subscription.ended" ? { type: "bars.unsubscribe.response" } : frame),
  },
  {
    name: "drains without a message",
    caughtBy: "session-draining",
    toClient: (frame) => (frame.type === "server.draining" ? undefined : frame),
  },
  { name: "closes with 1001 at shutdown", caughtBy: "draining-base", close: (_code, reason) => [1001, reason] },
  { name: "rejects with 500 while it drains", caughtBy: "draining-rejects", status: () => 500 },
];

const AUTH: readonly Fault[] = [
  payloadFault("has one code for all rejections", "private-unauthorized", /orders\.subscribe/, ({ code }) => ({
    code: code && "forbidden",
  })),
  payloadFault("names the account in a rejection", "private-same-message", /orders\.subscribe/, (payload) => ({
    message: `${payload.message} ${payload.topic}`,
  })),
  {
    name: "sends an account's updates to all clients",
    caughtBy: "private-accounts-apart",
    toClient(frame, connection) {
      const { shared } = connection;
      const all: Set<ProxiedConnection> = shared.get("all") ?? new Set();
      shared.set("all", all.add(connection));
      if (isUpdate(frame)) for (const other of all) if (other !== connection) other.toClient(frame);
      return frame;
    },
  },
  { name: "rejects a token with 403", caughtBy: "handshake-invalid-token", status: () => 403 },
  {
    name: "accepts a token in the query",
    caughtBy: "handshake-token-in-query",
    path: (path) => path.replace(/\?.*/, ""),
  },
  {
    name: "accepts a token of another user",
    caughtBy: "login-subject-changed",
    toClient: (frame) => (frame.type === "auth.login.response" ? withPayload(frame, () => ({ status: "ok" })) : frame),
  },
  dropFault("does not warn of an expiry", "token-expiring", /^auth\.expiring$/),
  { name: "closes an expired session with 1008", caughtBy: "token-expiring", close: () => [1008, ""] },
  { name: "closes an expired connection with 4202", caughtBy: "token-expired-base", close: () => [4202, ""] },
];

const isPastSeen = (frame: Frame, { shared, state }: ProxiedConnection): boolean => {
  if (!isUpdate(frame)) return false;
  const { topic, offset } = frame.payload;
  const most = shared.get(topic) ?? -1;
  shared.set(topic, Math.max(most, offset));
  const isOwn = state.get(topic) === true;
  state.set(topic, isOwn || offset > most);
  return !isOwn && offset <= most;
};

const POSITIONS: readonly Fault[] = [
  payloadFault("sends no position", "position-keyed-reply", /subscribe\.response$/, () => ({ epoch: undefined })),
  payloadFault("calls a log keyed", "position-log-reply", /subscribe\.response$/, () => ({ retention: "keyed" })),
  payloadFault("gives all updates one offset", "offsets-increase", /\.update$/, () => ({ offset: 1 })),
  payloadFault("counts offsets of a log by two", "offsets-of-a-log", /\.update$/, ({ offset }) => ({
    offset: 2 * offset,
  })),
  {
    name: "gives each connection its own epoch",
    caughtBy: "epoch-of-two-subscribers",
    toClient(frame, { shared }) {
      shared.set("count", (shared.get("count") ?? 0) + 1);
      return withPayload(frame, ({ epoch }) => (epoch ? { epoch: `${epoch}${shared.get("count")}` } : {}));
    },
  },
  payloadFault("keeps the epoch of an ended source", "epoch-ends", /subscribe\.response$/, () => ({ epoch: "e" })),
  {
    name: "sends no snapshot",
    caughtBy: "snapshot-current-bar",
    toClient: (frame, connection) => (isPastSeen(frame, connection) ? undefined : frame),
  },
  {
    name: "sends no missed updates",
    caughtBy: "recovery-log",
    toClient: (frame, connection) => (isPastSeen(frame, connection) ? undefined : frame),
  },
  { name: "ignores positions", caughtBy: "recovery-keyed", toServer: ({ resume: _resume, ...frame }) => frame },
  payloadFault("claims to recover everything", "recovery-past-retention", /subscribe\.response$/, (payload) =>
    payload.recovered === false ? { recovered: true } : {},
  ),
  payloadFault("recovers from another epoch", "recovery-of-another-epoch-log", /subscribe\.response$/, (payload) =>
    payload.recovered === false ? { recovered: true } : {},
  ),
  payloadFault("announces a snapshot again", "repeated-subscribe", /subscribe\.response$/, () => ({ snapshot: true })),
  {
    name: "loses one update in a hundred of a client that stalls",
    caughtBy: "stalled-log",
    toClient: (frame) => (isUpdate(frame) && frame.payload.offset % 100 === 0 ? undefined : frame),
  },
];

const ENDPOINTS: readonly Fault[] = [
  {
    name: "serves all modules at each endpoint",
    caughtBy: "module-endpoint-others",
    path: () => "/api/v1/ws",
  },
  payloadFault("wraps updates of the older dialect", "legacy-bars-update", /\.update$/, (payload) => ({
    topic: "bars:A:1",
    payload,
  })),
  {
    name: "ends both dialects with one unsubscribe",
    caughtBy: "legacy-bars-apart",
    toServer(frame, { toServer }) {
      if (isUnsubscribe(frame)) toServer({ ...frame, payload: { ...frame.payload, resolution: "1" } });
      return frame;
    },
  },
];

/** The faults of servers, each with the scenario that must catch it. */
export const SERVER_FAULTS: readonly Fault[] = [
  ...TOPICS,
  ...BASE,
  ...INVALID,
  ...LIVENESS,
  ...SESSION,
  ...AUTH,
  ...POSITIONS,
  ...ENDPOINTS,
];
