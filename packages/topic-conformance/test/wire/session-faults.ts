import { dropFault, isUnsubscribe, isUpdate, payloadFault, withPayload } from "./fault-kinds.js";
import type { Fault, Frame, ProxiedConnection } from "./faulty-proxy.js";

/** Changes the frames of each batch, which the proxy does not parse. */
function batchFault(name: string, change: (lines: string[]) => string[]): Fault {
  const isBatch = (frame: Frame) => typeof frame === "string" && frame.includes("\n");
  return {
    name,
    caughtBy: "batch-frames",
    toClient: (frame) => (isBatch(frame) ? change(frame.split("\n")).join("\n") : frame),
  };
}

export const SESSION_FAULTS: readonly Fault[] = [
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
  payloadFault("does not confirm batches", "batch-confirmed", /^session\.welcome$/, () => ({
    maxBatchBytes: undefined,
  })),
  payloadFault("confirms longer batches than requested", "batch-confirmed", /^session\.welcome$/, () => ({
    maxBatchBytes: 65_536,
  })),
  {
    name: "sends batches without a request",
    caughtBy: "batch-not-requested",
    path: (path) => path.replace("protocol=2", "protocol=2&maxBatchBytes=65536"),
  },
  {
    name: "takes an invalid length for a request",
    caughtBy: "batch-invalid-0",
    path: (path) => path.replace("maxBatchBytes=0", "maxBatchBytes=65536"),
  },
  {
    name: "sends the welcome and a reply in one message",
    caughtBy: "batch-welcome-alone",
    toClient(frame, { state }) {
      if (frame.type === "session.welcome") return void state.set("welcome", frame);
      return [state.get("welcome"), frame].map((each) => JSON.stringify(each)).join("\n");
    },
  },
  batchFault("reverses the frames of a batch", (lines) => lines.reverse()),
  batchFault("sends empty lines", (lines) => [...lines, ""]),
  {
    ...payloadFault("sends longer batches", "batch-limit", /^session\.welcome$/, () => ({ maxBatchBytes: 600 })),
    path: (path) => path.replace("maxBatchBytes=600", "maxBatchBytes=65536"),
  },
  {
    name: "accepts batches of a client",
    caughtBy: "batch-from-client",
    toServer(frame, { toServer }) {
      if (typeof frame !== "string") return frame;
      for (const line of frame.split("\n")) toServer(line);
    },
  },
  { name: "closes with 1001 at shutdown", caughtBy: "draining-base", close: (_code, reason) => [1001, reason] },
  { name: "rejects with 500 while it drains", caughtBy: "draining-rejects", status: () => 500 },
];

export const AUTH_FAULTS: readonly Fault[] = [
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

export const POSITION_FAULTS: readonly Fault[] = [
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
    name: "sends a client that stalls an older update again",
    caughtBy: "stalled-keyed",
    toClient(frame, { state, toClient }) {
      if (isUpdate(frame) && !state.has("first")) state.set("first", frame);
      if (frame.payload?.offset === 1_000) toClient(state.get("first"));
      return frame;
    },
  },
  {
    name: "loses one update in a hundred of a client that stalls",
    caughtBy: "stalled-log",
    toClient: (frame) => (isUpdate(frame) && frame.payload.offset % 100 === 0 ? undefined : frame),
  },
];

export const ENDPOINT_FAULTS: readonly Fault[] = [
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
