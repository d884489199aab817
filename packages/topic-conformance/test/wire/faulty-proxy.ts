import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";

// biome-ignore lint/suspicious/noExplicitAny: faults change frames in ways that no type describes
export type Frame = any;

/** The frames of one client, as a fault can change them. */
export interface ProxiedConnection {
  /** Values that a fault keeps between frames. */
  readonly state: Map<string, Frame>;
  /** Values that a fault keeps between connections. */
  readonly shared: Map<string, Frame>;
  toClient(frame: Frame): void;
  toServer(frame: Frame): void;
  /** Closes both sides. */
  end(code: number): void;
}

/**
 * A fault of a peer, planted between it and the suite. A handler returns the frame to forward, or undefined to drop it; a
 * text that is not JSON is passed as it is.
 */
export interface Fault {
  readonly name: string;
  /** The id of the scenario that must catch it. */
  readonly caughtBy: string;
  readonly toServer?: (frame: Frame, connection: ProxiedConnection) => Frame;
  readonly toClient?: (frame: Frame, connection: ProxiedConnection) => Frame;
  /** Changes the server's close; undefined keeps the connection open. */
  readonly close?: (code: number, reason: string) => readonly [number, string] | undefined;
  readonly onPong?: (connection: ProxiedConnection) => void;
  readonly onClientClose?: "keep-server";
  readonly path?: (path: string) => string;
  readonly status?: (status: number) => number;
  /** Changes the subprotocols that the client offers. */
  readonly offers?: (offered: readonly string[]) => readonly string[];
  /** Changes the subprotocol that the server has selected; "" is none. */
  readonly selects?: (selected: string) => string;
  /** Changes the headers that are passed on. */
  readonly headers?: (headers: Record<string, string>) => Record<string, string>;
  readonly isBinaryAccepted?: true;
}

/** A proxy between the suite and a server, which plants one fault. */
export class FaultyProxy {
  readonly #http: Server = createServer();
  readonly #sockets = new Set<WebSocket>();
  readonly #others: FaultyProxy[] = [];
  readonly #shared = new Map<string, Frame>();
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: 2 ** 25,
    handleProtocols: (_offered, request) => this.#selected.get(request) || false,
  });
  /** The subprotocol of each handshake, which is known before the client's side is accepted. */
  readonly #selected = new WeakMap<IncomingMessage, string>();
  readonly #fault: Fault;

  private constructor(fault: Fault) {
    this.#fault = fault;
  }

  /** Starts a proxy of a WebSocket server, or of its control endpoint, whose started servers get a proxy each. */
  static async start(target: string, fault: Fault): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(fault);
    proxy.#http.on("upgrade", (request, socket, head) => void proxy.#upgrade(target, request, socket, head));
    proxy.#http.on("request", async (request: IncomingMessage, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const reply = await fetch(target, { method: "POST", body });
      let text = await reply.text();
      if (JSON.parse(body).action === "start") text = await proxy.#proxyStarted(JSON.parse(text));
      response.writeHead(reply.status).end(text);
    });
    proxy.#http.listen(0, "127.0.0.1");
    await once(proxy.#http, "listening");
    return proxy;
  }

  url(scheme: "ws" | "http", path: string): string {
    return `${scheme}://127.0.0.1:${(this.#http.address() as AddressInfo).port}${path}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await Promise.all(this.#others.map((proxy) => proxy.close()));
  }

  async #proxyStarted({ url, control }: { url: string; control: string }): Promise<string> {
    const proxy = await FaultyProxy.start(url, this.#fault);
    this.#others.push(proxy);
    return JSON.stringify({ url: proxy.url("ws", new URL(url).pathname), control });
  }

  async #upgrade(target: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { path = (kept: string) => kept, status = (kept: number) => kept } = this.#fault;
    const { offers = (kept: readonly string[]) => kept, selects = (kept: string) => kept } = this.#fault;
    const { headers = (kept: Record<string, string>) => kept } = this.#fault;
    const { authorization, cookie, origin, "sec-websocket-protocol": protocols } = request.headers;
    const passed = {
      ...(authorization !== undefined && { authorization }),
      ...(cookie !== undefined && { cookie }),
      ...(origin !== undefined && { origin }),
    };
    const server = new WebSocket(
      `${new URL(target).origin.replace("http", "ws")}${path(request.url ?? "/")}`,
      [...offers(protocols?.split(/, */) ?? [])],
      { autoPong: false, perMessageDeflate: false, headers: headers(passed) },
    );
    this.#sockets.add(server);
    server.on("error", () => {});
    socket.on("error", () => {});
    server.once("unexpected-response", (_request, response) => {
      const retry = response.headers["retry-after"];
      const code = status(response.statusCode ?? 500);
      socket.end(`HTTP/1.1 ${code} Rejected\r\n${retry ? `Retry-After: ${retry}\r\n` : ""}Content-Length: 0\r\n\r\n`);
    });
    server.once("open", () => {
      this.#selected.set(request, selects(server.protocol));
      this.#upgrades.handleUpgrade(request, socket, head, (client) => {
        this.#sockets.add(client);
        client.on("error", () => {});
        this.#relay(client, server);
      });
    });
  }

  #relay(client: WebSocket, server: WebSocket): void {
    const {
      toServer = keep,
      toClient = keep,
      close = keepClose,
      onPong,
      onClientClose,
      isBinaryAccepted,
    } = this.#fault;
    const connection: ProxiedConnection = {
      state: new Map(),
      shared: this.#shared,
      toClient: (frame) => client.send(encode(frame)),
      toServer: (frame) => server.send(encode(frame)),
      end(code) {
        client.close(code);
        server.close();
      },
    };
    client.on("message", (data: Buffer, isBinary) => {
      if (isBinary && !isBinaryAccepted) return server.send(data, { binary: true });
      const changed = toServer(decode(String(data)), connection);
      if (changed !== undefined) connection.toServer(changed);
    });
    server.on("message", (data) => {
      const changed = toClient(decode(String(data)), connection);
      if (changed !== undefined) connection.toClient(changed);
    });
    server.on("ping", (data) => client.ping(data));
    client.on("pong", (data) => {
      server.pong(data);
      onPong?.(connection);
    });
    server.on("close", (code, reason) => {
      const changed = close(code, String(reason));
      if (changed === undefined) return;
      if (changed[0] === 1005 || changed[0] === 1006) client.terminate();
      else client.close(...changed);
    });
    client.on("close", (code) => {
      if (onClientClose === "keep-server") return;
      if (code === 1006) server.terminate();
      else server.close();
    });
  }
}

const keep = (frame: Frame): Frame => frame;
const keepClose = (code: number, reason: string): readonly [number, string] => [code, reason];

function encode(frame: Frame): string {
  return typeof frame === "string" ? frame : JSON.stringify(frame);
}

function decode(text: string): Frame {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && !Array.isArray(frame) ? frame : text;
  } catch {
    return text;
  }
}
