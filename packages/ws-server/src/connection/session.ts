import { defineOperation, sessionMessages } from "@trading/topic";
import { type AuthServices, forbidden, isAllowed, principalOf } from "../auth/authentication.js";
import { WsServerError } from "../errors.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { Connection, PendingReply } from "./connection.js";
import { type Operation, type Operations, refused } from "./operations.js";

/** The protocol's version that this engine speaks. */
export const SESSION_PROTOCOL = 2;

const login = defineOperation({
  name: "auth.login",
  request: sessionMessages["auth.login"],
  reply: sessionMessages["auth.login.response"],
  access: "public",
});

/** What the session extension needs of its surroundings. */
export interface SessionServices extends AuthServices {
  readonly registry: TopicRegistry;
}

/** What the session extension adds to the operations of a connection. */
export function sessionOperations(services: SessionServices): Operations {
  const logins = new Logins(services);
  return new Map<string, Operation>([
    ["ping", (connection, { id }) => connection.send({ type: "pong", ...(id !== undefined && { id }) })],
    [
      "auth.login",
      (connection, request) => {
        const { token } = login.parseRequest(request.payload);
        connection.reply(request, undefined, logins.answer(connection, token));
      },
    ],
  ]);
}

/** Logins in band, and what follows from them for what a connection holds. */
class Logins {
  readonly #services: SessionServices;
  /** A connection's logins are looked at one after the other, so that the last one sent is the one that holds. */
  readonly #lastOf = new WeakMap<Connection, Promise<unknown>>();

  constructor(services: SessionServices) {
    this.#services = services;
  }

  answer(connection: Connection, token: string): Promise<PendingReply> {
    const last = this.#lastOf.get(connection) ?? Promise.resolve();
    const answer = last
      .then(() => this.#login(connection, token))
      .catch((error: WsServerError) => {
        // Guessing tokens is an error of the client like any other, up to the limit of them.
        if (!error.retryable) connection.countError();
        return { reply: () => refused(error) };
      });
    this.#lastOf.set(connection, answer);
    return answer;
  }

  async #login(connection: Connection, token: string): Promise<PendingReply> {
    const principal = await principalOf(token, this.#services);
    const { principal: present } = connection;
    if (present !== undefined && present.subject !== principal.subject) {
      throw new WsServerError("subject_changed", "The token is another subject's: open a connection of its own for it");
    }
    connection.login(principal);
    return {
      reply: () => ({ outcome: "ok", payload: { status: "ok", message: "Logged in" } }),
      sent: () => void reauthorize(connection, this.#services),
    };
  }
}

/** Asks anew about every private topic that a connection holds, and takes what it may not hold any more. */
export async function reauthorize(connection: Connection, services: SessionServices): Promise<void> {
  const { registry } = services;
  // A subscribe that is being asked about now may be answered by what was so before.
  connection.invalidateAuthorization();
  const { principal, authorizationVersion } = connection;
  const held = [...registry.subscriptionsOf(connection).values()].filter(
    ({ run }) => run.topic.route.access === "private",
  );
  await Promise.all(
    held.map(async (subscription) => {
      const { route, params } = subscription.run.topic;
      const allowed = await isAllowed(services, principal, route, params);
      if (!allowed && connection.authorizationVersion === authorizationVersion)
        registry.revoke(subscription, forbidden(principal));
    }),
  );
}
