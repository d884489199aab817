import type { ClientFault } from "./client-fault.js";
import { payloadFault, withPayload } from "./fault-kinds.js";
import type { Fault, Frame } from "./faulty-proxy.js";

const isEcho = /^conformance\.echo\.response$/;

/** Faults of servers in cookies, in the withdrawal of access, and in operations. */
export const ACCESS_FAULTS: readonly Fault[] = [
  {
    name: "ignores cookies",
    caughtBy: "handshake-cookie",
    headers: ({ cookie: _cookie, ...others }) => others,
  },
  {
    name: "accepts cookies from every origin",
    caughtBy: "handshake-cookie-other-origin",
    headers: (headers) => ({ ...headers, ...(headers.cookie && { origin: "https://app.example" }) }),
  },
  {
    name: "accepts cookies without an origin",
    caughtBy: "handshake-cookie-without-origin",
    headers: (headers) => ({ ...headers, ...(headers.cookie && { origin: "https://app.example" }) }),
  },
  { name: "rejects cookies with 403", caughtBy: "handshake-cookie-invalid-token", status: () => 403 },
  {
    name: "reads cookies on base connections only",
    caughtBy: "session-cookie",
    headers: ({ cookie: _cookie, ...others }) => others,
  },
  { name: "closes with 4001 on base connections", caughtBy: "revoked-base", close: (_code, reason) => [4001, reason] },
  { name: "replies 403 for a revoked token", caughtBy: "revoked-handshake", status: () => 403 },
  {
    name: "closes the connections of all users",
    caughtBy: "revoked-others",
    toClient: (frame, { end }) => (/bars\.unsubscribe/.test(frame.type) ? end(1008) : frame),
  },
  { name: "closes revoked sessions with 1008", caughtBy: "revoked-session", close: (_code, reason) => [1008, reason] },
  payloadFault("accepts a login with a revoked token", "revoked-login", /^auth\.login\.response$/, () => ({
    status: "ok",
  })),
  { name: "closes with 1013 without access", caughtBy: "withdrawn-base", close: (_code, reason) => [1013, reason] },
  payloadFault("names no reason for an end", "withdrawn-session", /^subscription\.ended$/, () => ({
    code: "source_ended",
  })),
  payloadFault("forgets a withdrawal", "withdrawn-again", /^orders\.subscribe\.response$/, () => ({ status: "ok" })),
  {
    name: "closes with 4001 without access",
    caughtBy: "forbidden-session",
    close: (code, reason) => [code === 4003 ? 4001 : code, reason],
  },
  payloadFault("writes replies in ASCII", "operation-reply", isEcho, ({ text }) => ({ text: text?.replace("é", "?") })),
  {
    name: "replies to operations without the id",
    caughtBy: "operation-id",
    toClient: ({ id, ...frame }) => (isEcho.test(frame.type) ? frame : { ...frame, id }),
  },
  payloadFault("has a topic in all rejections", "operation-error", isEcho, ({ status }) =>
    status ? { topic: "" } : {},
  ),
  {
    name: "replies as soon as it can",
    caughtBy: "operation-order",
    toClient(frame, connection) {
      const { state } = connection;
      if (!isEcho.test(frame.type) || state.has("first")) {
        connection.toClient(frame);
        return state.get("first");
      }
      return void state.set("first", frame);
    },
  },
  {
    name: "returns unknown fields",
    caughtBy: "operation-unknown-fields",
    toClient: (frame) => withPayload(frame, ({ text }) => (text === undefined ? {} : { later: true })),
  },
  {
    name: "converts the values of an operation",
    caughtBy: "operation-invalid-payload",
    toServer: (frame) => withPayload(frame, ({ text }) => (text === undefined ? {} : { text: String(text) })),
  },
  {
    name: "reports invalid payloads without the id",
    caughtBy: "operation-invalid-payload-session",
    toClient: (frame) => (frame.type === "error" ? withPayload(frame, () => ({ id: undefined })) : frame),
  },
  {
    name: "knows all operations at each endpoint",
    caughtBy: "operation-other-module",
    path: (path) => path.replace("/datafeed/", "/"),
  },
];

/** Faults of clients in requests of operations. */
export const REQUEST_CLIENT_FAULTS: readonly ClientFault[] = [
  {
    name: "sends an operation without its payload",
    caughtBy: "client-request",
    toServer: (frame) => (frame.type === "conformance.echo" ? { ...frame, payload: {} } : frame),
  },
  {
    name: "sends a request again after a reconnect",
    caughtBy: "client-request-lost",
    toServer(frame, { shared, state, toServer }) {
      if (frame.type === "conformance.echo") shared.set("request", frame);
      else if (shared.has("request") && !state.has("sent")) {
        state.set("sent", true);
        toServer(shared.get("request"));
      }
      return frame;
    },
  },
  {
    name: "matches replies by their order",
    caughtBy: "client-request-overtaken",
    toServer(frame, { state }) {
      if (frame.type === "conformance.echo") state.set("ids", [...(state.get("ids") ?? []), frame.id]);
      return frame;
    },
    toClient: (frame, { state }) => (isEcho.test(frame.type) ? { ...frame, id: state.get("ids").shift() } : frame),
  },
  {
    name: "matches replies without ids from the last request on",
    caughtBy: "client-request-without-ids",
    fromProcess: (line) => (line.type === "reply" ? { ...line, request: 3 - line.request } : line),
  },
  {
    name: "takes a rejection for a reply",
    caughtBy: "client-request-rejected",
    fromProcess: (line: Frame) => (line.type === "rejected" ? { ...line, type: "reply", payload: {} } : line),
  },
];
