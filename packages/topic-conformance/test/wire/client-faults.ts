import { REQUEST_CLIENT_FAULTS } from "./access-faults.js";
import type { ClientFault } from "./client-fault.js";
import { COMPACT_CLIENT_FAULTS } from "./compact-faults.js";
import type { Frame, ProxiedConnection } from "./faulty-proxy.js";

const isUpdate = (frame: Frame) => /\.update$/.test(frame.type);
const isSubscribe = (frame: Frame) => /\.subscribe$/.test(frame.type);

function withPayload(frame: Frame, change: (payload: Frame) => object): Frame {
  return frame.payload === undefined ? frame : { ...frame, payload: { ...frame.payload, ...change(frame.payload) } };
}

/** The number of connections so far, in which this one is counted. */
function connectionNumber({ state, shared }: ProxiedConnection): number {
  if (!state.has("number")) {
    shared.set("connections", (shared.get("connections") ?? 0) + 1);
    state.set("number", shared.get("connections"));
  }
  return state.get("number");
}

/** Sends a frame before the client's first one. */
function sentFirst(frame: object) {
  return (next: Frame, { state, toServer }: ProxiedConnection): Frame => {
    if (!state.has("sent")) {
      state.set("sent", true);
      toServer(frame);
    }
    return next;
  };
}

function closeFault(name: string, caughtBy: string, code: number): ClientFault {
  return { name, caughtBy, close: () => [code, ""] };
}

function dropped(name: string, caughtBy: string, isDropped: (frame: Frame) => boolean): ClientFault {
  return { name, caughtBy, toServer: (frame) => (isDropped(frame) ? undefined : frame) };
}

const REQUESTS: readonly ClientFault[] = [
  {
    name: "subscribes for each listener",
    caughtBy: "client-one-subscribe",
    toServer(frame, { toServer }) {
      if (isSubscribe(frame)) toServer(frame);
      return frame;
    },
  },
  {
    name: "sorts lists",
    caughtBy: "client-list",
    toServer: (frame) => withPayload(frame, ({ symbols }) => (symbols ? { symbols: [...symbols].sort() } : {})),
  },
  {
    name: "sends a position with the first request",
    caughtBy: "client-no-position",
    toServer: (frame) => ({ ...frame, resume: { epoch: "e1", offset: 0 } }),
  },
  { name: "gives all requests one id", caughtBy: "client-unique-ids", toServer: (frame) => ({ ...frame, id: 1 }) },
  dropped("does not unsubscribe", "client-unsubscribe", ({ type }) => /unsubscribe/.test(type)),
  {
    name: "unsubscribes with the first listener",
    caughtBy: "client-unsubscribe",
    toProcess(line, { toProcess }) {
      if (line.type === "unsubscribe") toProcess({ type: "unsubscribe", listener: 2 });
      return line;
    },
  },
  {
    name: "matches replies by their order only",
    caughtBy: "client-replies-with-ids",
    toClient(frame, { state }) {
      if (!/\.response$/.test(frame.type)) return frame;
      state.set("count", (state.get("count") ?? 0) + 1);
      return { ...frame, id: state.get("count") };
    },
  },
  {
    name: "does not close its connection",
    caughtBy: "client-close",
    toProcess(line, { toSuite }) {
      if (line.type !== "close") return line;
      toSuite({ type: "closed" });
    },
  },
];

const EVENTS: readonly ClientFault[] = [
  {
    name: "passes an update on twice",
    caughtBy: "client-update-order",
    fromProcess(line, { toSuite }) {
      if (line.type === "update") toSuite(line);
      return line;
    },
  },
  {
    name: "passes two updates on in the wrong order",
    caughtBy: "client-update-order",
    fromProcess(line, { state, toSuite }) {
      if (line.type !== "update") return line;
      const kept = state.get("kept");
      if (kept === undefined) return void state.set("kept", line);
      state.delete("kept");
      toSuite(line);
      return kept;
    },
  },
  {
    name: "passes an update to the first listener only",
    caughtBy: "client-each-listener",
    fromProcess: (line) => (line.type === "update" && line.listener !== 1 ? undefined : line),
  },
  {
    name: "passes an update to all listeners of the route",
    caughtBy: "client-update-topic",
    fromProcess(line, { toSuite }) {
      if (line.type === "update") toSuite({ ...line, listener: 3 - line.listener });
      return line;
    },
  },
  {
    name: "goes on passing updates to a stopped listener",
    caughtBy: "client-stopped-listener",
    fromProcess(line, { toSuite }) {
      if (line.type === "update") toSuite({ ...line, listener: 1 });
      return line;
    },
  },
  {
    name: "does not report a topic mismatch",
    caughtBy: "client-topic-mismatch",
    fromProcess: (line) => (line.type === "error" ? undefined : line),
  },
  {
    name: "reports no gap",
    caughtBy: "client-gap-keyed",
    fromProcess: (line) => (line.type === "gap" ? undefined : line),
  },
  {
    name: "reports no gap of a log",
    caughtBy: "client-gap-log",
    fromProcess: (line) => (line.type === "gap" ? undefined : line),
  },
  {
    name: "reports a gap after each reconnect",
    caughtBy: "client-recovered",
    toClient: (frame) => withPayload(frame, ({ recovered }) => (recovered ? { recovered: false } : {})),
  },
  {
    name: "reports conflation as a gap",
    caughtBy: "client-conflation",
    fromProcess(line, { toSuite }) {
      if (line.update?.time === 9) toSuite({ type: "gap", listener: 1 });
      return line;
    },
  },
  {
    name: "disconnects on an unknown type",
    caughtBy: "client-unknown-types",
    toClient: (frame, { end }) => (frame.type === "server.notice" ? end(1000) : frame),
  },
  {
    name: "disconnects on a rejected request",
    caughtBy: "client-rejection",
    toClient(frame, { end }) {
      if (frame.payload?.status === "error") setImmediate(() => end(1000));
      return frame;
    },
  },
  {
    name: "does not try again",
    caughtBy: "client-retryable-rejection",
    toClient: (frame) => withPayload(frame, () => ({ retryable: undefined })),
  },
];

const CONNECTIONS: readonly ClientFault[] = [
  closeFault("reconnects after 4001", "client-stays-closed-4001", 4201),
  closeFault("reconnects after an unknown code below 4100", "client-stays-closed-4077", 4177),
  closeFault("stays closed after 1012", "client-reconnects-1012", 1008),
  closeFault("stays closed after an unknown code", "client-reconnects-4288", 1008),
  closeFault("takes a timeout for a rejection", "client-reconnects-1003-prefixed", 4000),
  {
    name: "does not subscribe again",
    caughtBy: "client-lost",
    toServer: (frame, connection) => (connectionNumber(connection) > 1 ? undefined : frame),
  },
  {
    name: "subscribes again to stopped topics",
    caughtBy: "client-lost-stopped",
    toServer(frame, connection) {
      if (connectionNumber(connection) === 1) connection.shared.set("first", connection.shared.get("first") ?? frame);
      else sentFirst(connection.shared.get("first"))(frame, connection);
      return frame;
    },
  },
  dropped("sends no heartbeat", "client-heartbeat", ({ id }) => id > 1),
  {
    name: "sends a ping as heartbeat to a legacy server",
    caughtBy: "client-heartbeat",
    toServer: (frame) => (frame.id > 1 ? { type: "ping" } : frame),
  },
];

const SESSION: readonly ClientFault[] = [
  { name: "does not request a session", caughtBy: "client-requests-session", path: (path) => path.split("?")[0] ?? "" },
  {
    name: "sends a ping before the welcome",
    caughtBy: "client-slow-welcome",
    toServer: sentFirst({ type: "ping" }),
  },
  {
    name: "logs in on a legacy server",
    caughtBy: "client-legacy-server",
    toServer: sentFirst({ type: "auth.login", payload: { token: "t1" } }),
  },
  dropped("sends no pings", "client-ping", ({ type }) => type === "ping"),
  {
    name: "keeps a silent connection",
    caughtBy: "client-drops",
    toServer(frame, { toClient }) {
      if (frame.type === "ping") toClient({ type: "pong", id: frame.id });
      return frame;
    },
  },
  {
    name: "ignores a drain",
    caughtBy: "client-draining",
    toClient: (frame) => (frame.type === "server.draining" ? undefined : frame),
  },
  {
    name: "disconnects when a drain begins",
    caughtBy: "client-draining-serves",
    toClient: (frame, { end }) => (frame.type === "server.draining" ? end(1012) : frame),
  },
  {
    name: "sends the token in the URL",
    caughtBy: "client-token-not-in-url",
    path: (path) => `${path}&token=t1`,
  },
  {
    name: "does not refresh its token",
    caughtBy: "client-refresh",
    toClient: (frame) => (frame.type === "auth.expiring" ? undefined : frame),
  },
  {
    name: "reports a topic that moves as an error",
    caughtBy: "client-topic-moved",
    toClient: (frame) => withPayload(frame, ({ code }) => (code === "moved" ? { code: "x", retryable: false } : {})),
  },
  {
    name: "ends all topics with one",
    caughtBy: "client-topic-ended",
    toClient: (frame, { end }) => (frame.type === "subscription.ended" ? end(1000) : frame),
  },
];

const POSITIONS: readonly ClientFault[] = [
  { name: "sends no position", caughtBy: "client-resume", toServer: ({ resume: _resume, ...frame }) => frame },
  {
    name: "sends the offset of the reply",
    caughtBy: "client-resume-log",
    toServer: (frame) => (frame.resume ? { ...frame, resume: { ...frame.resume, offset: 0 } } : frame),
  },
  {
    name: "sends one epoch for all topics",
    caughtBy: "client-resume-each",
    toServer: (frame) => (frame.resume ? { ...frame, resume: { ...frame.resume, epoch: "ea" } } : frame),
  },
  {
    name: "keeps the first epoch",
    caughtBy: "client-reply-voids-position",
    toServer: (frame) => (frame.resume ? { ...frame, resume: { ...frame.resume, epoch: "e1" } } : frame),
  },
  {
    name: "passes duplicates on",
    caughtBy: "client-duplicates",
    toClient(frame, { state }) {
      if (!isUpdate(frame)) return frame;
      state.set("offset", (state.get("offset") ?? 100) + 1);
      return withPayload(frame, () => ({ offset: state.get("offset") }));
    },
  },
  {
    name: "ignores the position of the reply",
    caughtBy: "client-reply-sets-position",
    toClient: (frame) => withPayload(frame, ({ status }) => (status === "ok" ? { offset: 0 } : {})),
  },
  {
    name: "ignores subscription.current",
    caughtBy: "client-current-sets-position",
    toClient: (frame) => (frame.type === "subscription.current" ? undefined : frame),
  },
];

/** Changes each batch to the client, which the proxy does not parse. */
function batchFault(name: string, caughtBy: string, change: (lines: string[]) => Frame): ClientFault {
  const isBatch = (frame: Frame) => typeof frame === "string" && frame.includes("\n");
  return { name, caughtBy, toClient: (frame) => (isBatch(frame) ? change(frame.split("\n")) : frame) };
}

const BATCHES: readonly ClientFault[] = [
  {
    name: "requests no batches",
    caughtBy: "client-requests-batches",
    path: (path) => path.replace(/&?maxBatchBytes=\d+/, ""),
  },
  batchFault("reads the first frame of a batch only", "client-batch", ([first]) => first),
  batchFault("reads the frames of a batch in the reverse order", "client-batch", (lines) => lines.reverse().join("\n")),
  batchFault("reads no updates in a batch with a reply", "client-batch-reply", ([first]) => first),
  batchFault("drops a batch with an invalid frame", "client-batch-invalid-frame", () => undefined),
  {
    name: "takes each line for a frame",
    caughtBy: "client-batch-not-confirmed",
    toClient(frame, { toClient }) {
      if (!isUpdate(frame)) return frame;
      for (const line of JSON.stringify(frame, undefined, 2).split("\n")) toClient(line);
    },
  },
];

/** The faults of clients, each with the scenario that must catch it. */
export const CLIENT_FAULTS: readonly ClientFault[] = [
  ...REQUESTS,
  ...EVENTS,
  ...CONNECTIONS,
  ...SESSION,
  ...BATCHES,
  ...POSITIONS,
  ...REQUEST_CLIENT_FAULTS,
  ...COMPACT_CLIENT_FAULTS,
];
