import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Principal } from "../auth/auth.js";
import { type AuthServices, principalOf } from "../auth/authentication.js";
import type { ConnectionInit } from "../connection/connection.js";
import { protocols } from "../connection/protocols.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import { WsServerError } from "../errors.js";
import type { Endpoint } from "../server/endpoints.js";
import type { Upgrade } from "../transports/ws.js";
import type { ConnectionLimit } from "./connection-limits.js";
import { type HandshakeRules, readHandshake } from "./handshake.js";
import { httpResponse, type Refusal } from "./refusal.js";

/** The services that the upgrade handler uses. */
export interface UpgradeServices extends AuthServices {
  readonly rules: HandshakeRules;
  readonly limit: ConnectionLimit;
  readonly upgrade: Upgrade;
  /** Returns whether the server accepts no more connections. */
  isClosed(): boolean;
  /**
   * Creates the connection of an accepted client.
   *
   * @param refusedToken whether its token is invalid: the connection is then closed with the code that says so
   */
  accept(socket: Socket, init: ConnectionInit, refusedToken: boolean): SocketHandlers;
}

/**
 * Decides before the upgrade whether a client is accepted: by the rules of the handshake, the number of connections, and
 * its token.
 *
 * A browser does not disclose the HTTP status of a failed upgrade to the page, which would retry an invalid token forever.
 * So a client with the session extension is accepted and then closed with the close code for it; a base client gets 401.
 */
export class UpgradeHandler {
  readonly #services: UpgradeServices;

  constructor(services: UpgradeServices) {
    this.#services = services;
  }

  async handle(request: IncomingMessage, stream: Duplex, head: Buffer, endpoint: Endpoint): Promise<void> {
    const { rules, limit, upgrade, accept, isClosed } = this.#services;
    // Until the transport adds its own listener, a connection reset would be an unhandled error.
    stream.on("error", () => stream.destroy());
    const handshake = readHandshake(request, rules);
    if (!handshake.ok) return refuse(stream, handshake);
    if (isClosed()) return refuse(stream, CLOSING);
    const admission = limit.admit(handshake.address);
    if (!admission.ok) return refuse(stream, admission);
    if (stream.destroyed) return admission.release();
    stream.once("close", () => admission.release());

    const { protocol: name, address } = handshake;
    const result = handshake.token === undefined ? undefined : await this.#verify(handshake.token);
    if (isClosed()) return refuse(stream, CLOSING);
    const isRefused = result instanceof WsServerError;
    if (isRefused && (name === "base" || result.retryable)) {
      return refuse(stream, result.retryable ? UNAVAILABLE : UNAUTHORIZED);
    }
    const principal = isRefused ? undefined : result;
    const init: ConnectionInit = { protocol: protocols[name], address, operations: endpoint[name], principal };
    upgrade(request, stream, head, (socket) => accept(socket, init, isRefused));
  }

  /** Returns the token's principal, or the error of its verification. */
  async #verify(token: string): Promise<Principal | WsServerError> {
    try {
      return await principalOf(token, this.#services);
    } catch (error) {
      return error as WsServerError;
    }
  }
}

/** Refuses an upgrade with a plain HTTP response. */
export function refuse(stream: Duplex, refusal: Refusal): void {
  // A client that does not close its side would otherwise keep the socket, and count as a connection, forever.
  stream.once("finish", () => stream.destroy());
  stream.end(httpResponse(refusal));
}

const CLOSING: Refusal = {
  ok: false,
  status: 503,
  reason: "The server is closing: connect to another one, or try again later.",
  headers: { "Retry-After": "1" },
};

const UNAUTHORIZED: Refusal = {
  ok: false,
  status: 401,
  reason: "The token is not valid.",
  headers: { "WWW-Authenticate": "Bearer" },
};

const UNAVAILABLE: Refusal = {
  ok: false,
  status: 503,
  reason: "The token could not be verified in time: try again later.",
  headers: { "Retry-After": "1" },
};
