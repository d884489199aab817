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
import { COMPACT_SUBPROTOCOL, type HandshakeRules, readHandshake } from "./handshake.js";
import type { Refusal } from "./refusal.js";
import type { Refusals } from "./refusals.js";

/** The services that the upgrade handler uses. */
export interface UpgradeServices extends AuthServices {
  readonly rules: HandshakeRules;
  readonly limit: ConnectionLimit;
  readonly upgrade: Upgrade;
  readonly refusals: Refusals;
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
    const { rules, limit, upgrade, accept, isClosed, refusals } = this.#services;
    const refuse = (refusal: Refusal) => refusals.refuse(stream, refusal, request.socket.remoteAddress);
    // Until the transport adds its own listener, a connection reset would be an unhandled error.
    stream.on("error", destroyStream);
    const handshake = readHandshake(request, rules);
    if (!handshake.ok) return refuse(handshake);
    if (isClosed()) return refuse(CLOSING);
    const admission = limit.admit(handshake.address);
    if (!admission.ok) return refuse(admission);
    if (stream.destroyed) return admission.release();
    releaseOnClose(stream, admission);

    const { protocol: name, address, maxBatchBytes = 0 } = handshake;
    const result = handshake.token === undefined ? undefined : await this.#verify(handshake.token);
    if (isClosed()) return refuse(CLOSING);
    const isRefused = result instanceof WsServerError;
    if (isRefused && (name === "base" || result.retryable)) {
      return refuse(result.retryable ? UNAVAILABLE : UNAUTHORIZED);
    }
    const principal = isRefused ? undefined : result;
    const init: ConnectionInit = {
      protocol: protocols[name],
      address,
      operations: endpoint[name],
      principal,
      isCompact: handshake.subprotocol === COMPACT_SUBPROTOCOL,
      maxBatchBytes,
    };
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

// The listeners of a stream live as long as its connection. Closures of `handle` would keep the request, with all its headers
// and strings, alive for as long: 2 kB of an idle connection.

function destroyStream(this: Duplex): void {
  this.destroy();
}

function releaseOnClose(stream: Duplex, { release }: { readonly release: () => void }): void {
  stream.on("close", release);
}

const CLOSING: Refusal = {
  ok: false,
  status: 503,
  cause: "closing",
  reason: "The server is closing: connect to another one, or try again later.",
  headers: { "Retry-After": "1" },
};

const UNAUTHORIZED: Refusal = {
  ok: false,
  status: 401,
  cause: "token",
  reason: "The token is not valid.",
  headers: { "WWW-Authenticate": "Bearer" },
};

const UNAVAILABLE: Refusal = {
  ok: false,
  status: 503,
  cause: "token",
  reason: "The token could not be verified in time: try again later.",
  headers: { "Retry-After": "1" },
};
