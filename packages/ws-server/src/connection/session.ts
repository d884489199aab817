import { defineOperation, sessionMessages } from "@trading/topic";
import { type AuthServices, forbidden, isAllowed, principalOf } from "../auth/authentication.js";
import { WsServerError } from "../errors.js";
import type { Observers } from "../observability/observers.js";
import type { Clock } from "../platform/clock.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { Connection } from "./connection.js";
import {
  type Operation,
  type OperationConnection,
  type Operations,
  type PendingReply,
  refusedReply,
} from "./operation.js";

/** The version of the session extension that this engine speaks. */
const SESSION_PROTOCOL = 2;

const login = defineOperation({
  name: "auth.login",
  request: sessionMessages["auth.login"],
  reply: sessionMessages["auth.login.response"],
  access: "public",
});

/** The part of the server's options that the welcome reports. */
export interface WelcomeOptions {
  readonly title: string;
  readonly version: string;
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  readonly maxConnectionLifespanMs: number;
}

/** Sends the first frame of a session connection, see PROTOCOL.md#session-welcome. */
export function welcome(connection: Connection, options: WelcomeOptions): void {
  const { title, version, clock, heartbeatIntervalMs, maxConnectionLifespanMs } = options;
  const { maxBatchBytes } = connection.sink;
  connection.send({
    type: "session.welcome",
    payload: {
      connectionId: connection.id,
      protocol: SESSION_PROTOCOL,
      heartbeatIntervalMs,
      maxConnectionLifespanMs,
      serverTime: clock.now(),
      server: `${title}/${version}`,
      ...(maxBatchBytes > 0 && { maxBatchBytes }),
    },
  });
  // Only after the welcome does the client expect batches.
  if (maxBatchBytes > 0) connection.sink.flush();
}

/** The services that the session extension uses. */
export interface SessionServices extends AuthServices {
  readonly registry: TopicRegistry;
  readonly observers: Pick<Observers, "loginRefused">;
}

/** Returns the operations that the session extension adds to a connection. */
export function sessionOperations(services: SessionServices): Operations {
  const logins = new Logins(services);
  return new Map<string, Operation>([
    ["ping", (connection, { id }) => connection.send({ type: "pong", ...(id !== undefined && { id }) })],
    [
      "auth.login",
      (connection, request) => {
        const { token } = login.parseRequest(request.payload);
        connection.reply(request, undefined, logins.handle(connection, token));
      },
    ],
  ]);
}

/** Handles logins in band, and authorizes a connection's private subscriptions again after each of them. */
class Logins {
  readonly #services: SessionServices;
  /** The logins of one connection are verified one after another, so that the last one sent takes effect last. */
  readonly #lastOf = new WeakMap<OperationConnection, Promise<unknown>>();

  constructor(services: SessionServices) {
    this.#services = services;
  }

  handle(connection: OperationConnection, token: string): Promise<PendingReply> {
    const last = this.#lastOf.get(connection) ?? Promise.resolve();
    const reply = last
      .then(() => this.#login(connection, token))
      .catch((error: WsServerError) => {
        this.#services.observers.loginRefused({ address: connection.address, code: error.code });
        // A bad token counts as a client error, so that guessing tokens is limited.
        if (!error.retryable) connection.countError();
        return { build: () => refusedReply(error) };
      });
    this.#lastOf.set(connection, reply);
    return reply;
  }

  async #login(connection: OperationConnection, token: string): Promise<PendingReply> {
    const principal = await principalOf(token, this.#services);
    const { principal: present } = connection;
    if (present !== undefined && present.subject !== principal.subject) {
      throw new WsServerError(
        "subject_changed",
        "The token belongs to another subject: open another connection for it",
      );
    }
    connection.authenticate(principal);
    return {
      build: () => ({ outcome: "ok", payload: { status: "ok", message: "Logged in", subject: principal.subject } }),
      onQueued: () => void reauthorize(connection, this.#services),
    };
  }
}

/** Authorizes a connection's private subscriptions again, and revokes those that are no longer allowed. */
export async function reauthorize(connection: OperationConnection, services: SessionServices): Promise<void> {
  const { registry } = services;
  // Authorizations in progress may have been decided by the previous state.
  connection.invalidateAuthorization();
  const { principal, authorizationVersion } = connection;
  const subscriptions = [...registry.subscriptionsOf(connection).values()];
  const privateOnes = subscriptions.filter(({ run }) => run.topic.route.access === "private");
  await Promise.all(
    privateOnes.map(async (subscription) => {
      const { route, params } = subscription.run.topic;
      const allowed = await isAllowed(services, principal, route, params);
      if (!allowed && connection.authorizationVersion === authorizationVersion) {
        registry.revoke(subscription, forbidden(principal));
      }
    }),
  );
}
