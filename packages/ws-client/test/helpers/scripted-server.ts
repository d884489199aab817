import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Frame } from "./memory-network.js";

type Handler = (frame: Frame, say: (message: object) => void, server: ScriptedServer) => void;

/** A WebSocket server on a free port, whose replies the test scripts. */
export class ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** The number of connections so far. */
  connections = 0;
  onConnection = () => {};
  readonly #server: WebSocketServer;
  readonly #handler: Handler;

  private constructor(server: WebSocketServer, handler: Handler) {
    this.port = (server.address() as AddressInfo).port;
    this.url = `ws://127.0.0.1:${this.port}/api/v1/ws`;
    this.#server = server;
    this.#handler = handler;
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** @param port the port of an earlier server, to restart it; 0 = any free port */
  static async listen(handler: Handler, port = 0): Promise<ScriptedServer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port });
    await once(server, "listening");
    return new ScriptedServer(server, handler);
  }

  /** Waits until every client has disconnected. */
  async disconnected(): Promise<void> {
    for (const socket of this.#server.clients) await once(socket, "close");
  }

  /** Cuts every connection, as a crash does, or closes it with a code. */
  cut(code?: number, reason?: string): void {
    for (const socket of this.#server.clients) code === undefined ? socket.terminate() : socket.close(code, reason);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #serve(socket: WebSocket): void {
    this.connections += 1;
    this.onConnection();
    const say = (message: object) => socket.send(JSON.stringify(message));
    socket.on("message", (data) => this.#handler(JSON.parse(String(data)), say, this));
  }
}
