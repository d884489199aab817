import { buildTopicParams, type CloseCode, closeCodes, float, type Position } from "@trading/topic";
import type { Connection } from "./connection.js";

type Close = Pick<CloseCode, "code" | "reason">;

/** Why a frame could not be handled. */
export interface Problem {
  readonly code: "invalid_message" | "unknown_type" | "internal";
  readonly message: string;
  readonly id?: string | number | undefined;
}

/**
 * What differs between the two kinds of peers: how they are told of what is no reply and no update (PROTOCOL.md, Base
 * protocol and Session extension).
 */
export interface Protocol {
  readonly name: "base" | "session";
  /** A WebSocket pong is a sign of life, and so worth asking for. */
  readonly countsPongs: boolean;
  readonly closes: {
    readonly slow: Close;
    readonly unauthorized: Close;
    readonly tokenExpired: Close;
    idle(heartbeatIntervalMs: number, maxConnectionLifespanMs: number): Close;
    lifespan(heartbeatIntervalMs: number, maxConnectionLifespanMs: number): Close;
  };
  /** The client's frame could not be handled. */
  refuse(connection: Connection, problem: Problem): void;
  /** All of a topic's present state, or all that was missed, has been sent. */
  current(connection: Connection, topic: string, position: Position): void;
  /** A topic was taken from the connection. */
  ended(connection: Connection, topic: string, reason: { readonly code: string; readonly retryable: boolean }): void;
  /** The token runs out soon. */
  expiring(connection: Connection, expiresInMs: number): void;
  /** The server is about to go: it is best to connect elsewhere within this time. */
  draining(connection: Connection, reconnectAfterMs: number): void;
}

const ignore = (): void => {};

/** What the origin's clients and servers speak: a problem is a close. */
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
  // It cannot be told of one topic, and a topic that just falls silent is what must not happen.
  ended: (connection, _topic, { code }) =>
    connection.close(code === "forbidden" ? closeCodes.policy : closeCodes.overload),
  expiring: ignore,
  draining: ignore,
};

/** What our own clients speak: a problem is a message, up to a limit of them. */
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

/** The kinds of peers, by name. */
export const protocols = { base: baseProtocol, session: sessionProtocol } as const;

const CLOSE_OF = {
  invalid_message: closeCodes.invalidPayload,
  unknown_type: closeCodes.noMatchingType,
  internal: closeCodes.internal,
} as const satisfies Record<Problem["code"], Close>;

/** The origin's own words, in which seconds are Python floats: clients tell by them that they may reconnect at once. */
function timedOut(intervalMs: number, lifespanMs: number): Close {
  const seconds = (ms: number) => buildTopicParams(float(ms / 1000));
  const message = `Heartbeat interval ${seconds(intervalMs)}. Max connection lifespan ${seconds(lifespanMs)}`;
  return { code: closeCodes.timedOut.code, reason: `${closeCodes.timedOut.reason}. ${message}` };
}
