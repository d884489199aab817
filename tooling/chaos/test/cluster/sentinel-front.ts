import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { FaultProxy } from "../../src/index.js";

/**
 * A Sentinel as one node sees it: it passes everything to the real one, and names the node's proxy instead of the primary, which
 * becomes the proxy's target. So the faults of the node's connection also apply to a primary that is named later.
 */
export class SentinelFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, sentinel: number, proxy: FaultProxy) {
    this.#server = server;
    server.on("connection", (client) => {
      const upstream = connect({ port: sentinel, host: "127.0.0.1" });
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket
          .on("error", () => {})
          .on("close", () => {
            this.#sockets.delete(socket);
            client.destroy();
            upstream.destroy();
          });
      }
      client.pipe(upstream);
      upstream.on("data", (chunk: Buffer) => {
        const text = chunk
          .toString("latin1")
          .replace(/(\$9\r\n127\.0\.0\.1\r\n)\$\d+\r\n(\d+)\r\n/, (_, host, port) => {
            proxy.target = Number(port);
            return `${host}$${String(proxy.port).length}\r\n${proxy.port}\r\n`;
          });
        client.write(text, "latin1");
      });
    });
  }

  /** @param sentinel port of the real one */
  static async listen(sentinel: number, proxy: FaultProxy): Promise<SentinelFront> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SentinelFront(server, sentinel, proxy);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
