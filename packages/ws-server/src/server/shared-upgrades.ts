import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { splitTarget } from "../handshake/handshake.js";

/** A stream server, for the HTTP server that it is attached to. */
export interface AttachedServer {
  /** Whether it accepts no more connections. */
  readonly isClosed: boolean;
  serves(path: string): boolean;
  /** Replies to the upgrade request for a path that it serves. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, path: string): void;
  /** Refuses the upgrade request for a path that no server serves. */
  refuse(request: IncomingMessage, stream: Duplex): void;
}

/** The shared upgrades of HTTP servers with stream servers. */
const sharedUpgrades = new WeakMap<HttpServer, SharedUpgrades>();

/**
 * Replies exactly once to each upgrade request of an HTTP server, whatever the number of its stream servers. Of several
 * that serve a path, the last open one gets the request. A closed one stays, to refuse its clients with 503, until another
 * one serves its paths: without it, the HTTP server would reply as to an ordinary request, or not at all.
 */
export class SharedUpgrades {
  readonly #http: HttpServer;
  /** The servers in the order of their attachment, and whether each refuses unknown paths. */
  readonly #servers = new Map<AttachedServer, boolean | undefined>();

  private constructor(http: HttpServer) {
    this.#http = http;
    http.on("upgrade", (request, stream, head) => this.#upgrade(request, stream, head));
  }

  /** Returns the shared upgrades of an HTTP server. */
  static of(http: HttpServer): SharedUpgrades {
    const shared = sharedUpgrades.get(http) ?? new SharedUpgrades(http);
    sharedUpgrades.set(http, shared);
    return shared;
  }

  has(server: AttachedServer): boolean {
    return this.#servers.has(server);
  }

  /**
   * Adds a server.
   *
   * @param paths the paths that it serves
   * @param refuseOtherPaths see `AttachOptions`
   */
  add(server: AttachedServer, paths: Iterable<string>, refuseOtherPaths: boolean | undefined): void {
    const replaced = [...paths];
    for (const other of this.#servers.keys()) {
      if (other.isClosed && replaced.some((path) => other.serves(path))) this.#servers.delete(other);
    }
    this.#servers.set(server, refuseOtherPaths);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const path = splitTarget(request.url)?.path ?? "";
    const serving = [...this.#servers.keys()].filter((server) => server.serves(path));
    const server = serving.findLast(({ isClosed }) => !isClosed) ?? serving.at(-1);
    if (server !== undefined) {
      server.upgrade(request, stream, head, path);
      return;
    }
    const [last, refuseOtherPaths] = [...this.#servers].at(-1) ?? [];
    if (refuseOtherPaths ?? this.#http.listenerCount("upgrade") === 1) last?.refuse(request, stream);
  }
}
