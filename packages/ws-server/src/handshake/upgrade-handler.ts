import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Principal } from "../auth/auth.js";
import { type AuthServices, principalOf } from "../auth/authentication.js";
import type { Peer } from "../connection/connection.js";
import { protocols } from "../connection/protocols.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import { WsServerError } from "../errors.js";
import type { Endpoint } from "../server/endpoints.js";
import type { Upgrade } from "../transports/ws.js";
import type { ConnectionLimit } from "./connection-limits.js";
import { type HandshakeRules, readHandshake } from "./handshake.js";
import { httpResponse, type Refusal } from "./refusal.js";

/** What the gate needs of its surroundings. */
export interface UpgradeServices extends AuthServices {
  readonly rules: HandshakeRules;
  readonly limit: ConnectionLimit;
  readonly upgrade: Upgrade;
  /** Whether nobody is let in any more. */
  isClosed(): boolean;
  /**
   * Takes a client in.
   *
   * @param refusedToken its token is not valid: tell it, and close
   */
  accept(socket: Socket, peer: Peer, refusedToken: boolean): SocketHandlers;
}

/**
 * Decides who is let in, before there is a WebSocket: the handshake's own rules, the number of connections, and whom the
 * token stands for.
 *
 * A browser is told nothing of an HTTP status, and would try a bad token again and again. So a client with the session
 * extension is let in, and closed with the code that says so; a base client gets 401.
 */
export class UpgradeHandler {
  readonly #services: UpgradeServices;

  constructor(services: UpgradeServices) {
    this.#services = services;
  }

  async handle(request: IncomingMessage, stream: Duplex, head: Buffer, endpoint: Endpoint): Promise<void> {
    const { rules, limit, upgrade, accept, isClosed } = this.#services;
    // Until a transport listens, a peer that goes away would be an error of the process.
    stream.on("error", () => stream.destroy());
    const handshake = readHandshake(request, rules);
    if (!handshake.ok) return refuse(stream, handshake);
    if (isClosed()) return refuse(stream, CLOSING);
    const admission = limit.admit(handshake.address);
    if (!admission.ok) return refuse(stream, admission);
    if (stream.destroyed) return admission.release();
    stream.once("close", () => admission.release());

    const { protocol: name, address } = handshake;
    const principal = handshake.token === undefined ? undefined : await this.#principal(handshake.token);
    if (isClosed()) return refuse(stream, CLOSING);
    const isRefused = principal instanceof WsServerError;
    if (isRefused && (name === "base" || principal.retryable)) {
      return refuse(stream, principal.retryable ? UNAVAILABLE : UNAUTHORIZED);
    }
    const known = isRefused ? undefined : principal;
    const peer = { protocol: protocols[name], address, operations: endpoint[name], principal: known };
    upgrade(request, stream, head, (socket) => accept(socket, peer, isRefused));
  }

  /** @returns whom it stands for, or why that is not known */
  async #principal(token: string): Promise<Principal | WsServerError> {
    try {
      return await principalOf(token, this.#services);
    } catch (error) {
      return error as WsServerError;
    }
  }
}

/** Answers an upgrade with a plain HTTP response. */
export function refuse(stream: Duplex, refusal: Refusal): void {
  // A peer that keeps its side open would keep the socket, and its place, for ever.
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
  reason: "The token could not be looked at in time: try again later.",
  headers: { "Retry-After": "1" },
};
