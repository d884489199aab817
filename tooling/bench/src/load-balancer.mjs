import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A load balancer: passes each TCP connection to the first server that accepts it. */
export class LoadBalancer {
  #sockets = new Set();
  #server;

  /** @param {number[]} ports of the servers, in order of preference */
  constructor(ports) {
    this.#server = createServer((client) => this.#pass(client, ports));
  }

  /** @returns the port on which it listens */
  async listen() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** @param {import("node:net").Socket} client @param {number[]} ports */
  #pass(client, [port, ...others]) {
    this.#keep(client);
    if (port === undefined) {
      client.destroy();
      return;
    }
    const server = this.#keep(connect(port, "127.0.0.1"));
    let isConnected = false;
    server.on("connect", () => {
      isConnected = true;
      client.pipe(server).pipe(client);
    });
    server.on("close", () => {
      if (isConnected) client.destroy();
      else this.#pass(client, others);
    });
    client.on("close", () => server.destroy());
  }

  /** @param {import("node:net").Socket} socket */
  #keep(socket) {
    if (this.#sockets.has(socket)) return socket;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // The event "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}
