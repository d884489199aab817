import { buildTopicParams, closeCodes, float } from "@trading/topic";
import type { Close, Problem, Protocol } from "./protocol.js";

const ignore = (): void => {};

/** The protocol of the legacy clients and servers: a problem closes the connection. */
const baseProtocol: Protocol = {
  name: "base",
  countsPongs: false,
  closes: {
    slow: closeCodes.overload,
    unauthorized: closeCodes.policy,
    tokenExpired: closeCodes.policy,
    idle: timedOut,
    lifespan: timedOut,
  },
  refuse: (connection, { code }) => connection.close(CLOSE_OF[code]),
  current: ignore,
  // The base protocol has no message for one ended topic. A topic that stops without a sign would look like a quiet one.
  ended: (connection, _topic, { code }) =>
    connection.close(code === "forbidden" ? closeCodes.policy : closeCodes.overload),
  expiring: ignore,
  draining: ignore,
};

/** The protocol of `@trading/ws-client`: a problem is an `error` message, and too many of them close the connection. */
const sessionProtocol: Protocol = {
  name: "session",
  countsPongs: true,
  closes: {
    slow: closeCodes.slowConsumer,
    unauthorized: closeCodes.unauthorized,
    tokenExpired: closeCodes.tokenExpired,
    idle: () => closeCodes.idle,
    lifespan: () => closeCodes.lifespanReached,
  },
  refuse(connection, { code, message, id }) {
    const payload = { code, message, retryable: false, ...(id !== undefined && { id }) };
    connection.send({ type: "error", payload });
    connection.countError();
  },
  current: (connection, topic, position) =>
    connection.send({ type: "subscription.current", payload: { topic, ...position } }, topic),
  ended: (connection, topic, { code, retryable }) =>
    connection.send({ type: "subscription.ended", payload: { topic, code, retryable } }),
  expiring: (connection, expiresInMs) => connection.send({ type: "auth.expiring", payload: { expiresInMs } }),
  draining: (connection, reconnectAfterMs) =>
    connection.send({ type: "server.draining", payload: { reconnectAfterMs } }),
};

/** The protocols, by name. */
export const protocols = { base: baseProtocol, session: sessionProtocol } as const;

const CLOSE_OF = {
  invalid_message: closeCodes.invalidPayload,
  unknown_type: closeCodes.noMatchingType,
  internal: closeCodes.internal,
} as const satisfies Record<Problem["code"], Close>;

/**
 * Returns the legacy server's close for a timeout. Its reason prints seconds as Python floats; legacy clients match it to
 * decide that they can reconnect immediately.
 */
function timedOut(intervalMs: number, lifespanMs: number): Close {
  const seconds = (ms: number) => buildTopicParams(float(ms / 1000));
  const limits = `Heartbeat interval ${seconds(intervalMs)}. Max connection lifespan ${seconds(lifespanMs)}`;
  return { code: closeCodes.timedOut.code, reason: `${closeCodes.timedOut.reason}. ${limits}` };
}
