import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Random, systemRandom } from "../platform/random.js";
import { ClaimStore } from "./claim-store.js";
import { type HubSide, IpcConnection } from "./ipc-connection.js";
import type { IpcQuestion, IpcResult } from "./ipc-control.js";

/** Options of {@link IpcHub.listen}. */
export interface IpcHubOptions {
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** @default warnings and errors, as JSON lines on standard error */
  readonly logger?: Logger;
}

/** Time after which the claims of a node that has disconnected are forgotten, if no other node has replaced them. */
const FORGET_MS = 60_000;

/**
 * Connects the processes of one machine, each with an {@link IpcBus}: routes their messages and stores their claims in memory.
 * A process that disconnects counts as dead immediately. The hub listens on a Unix socket in a directory that only its user can
 * enter, on Windows on a named pipe.
 *
 * A message of 200 bytes costs the sender 2.7, the hub 1.8 and the receiver 1.0 µs of CPU time if a turn sends one, and 0.5, 0.7
 * and 0.3 µs if it sends 32.
 */
export class IpcHub {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #incarnation: string;
  readonly #server: Server;
  readonly #path: string;
  readonly #directory: string | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #nodes = new Map<string, IpcConnection>();
  readonly #claims = new ClaimStore((claim) => this.#nodes.get(claim.node)?.control({ type: "taken", claim }));
  /** Cancel functions, by node. */
  readonly #forgetting = new Map<string, () => void>();

  /**
   * Creates a hub and starts listening.
   *
   * @throws Error if the directory for temporary files cannot be used
   */
  static async listen({
    clock = systemClock,
    random = systemRandom,
    logger = lineLogger("warn"),
  }: IpcHubOptions = {}): Promise<IpcHub> {
    const isWindows = process.platform === "win32";
    const directory = isWindows ? undefined : await mkdtemp(join(tmpdir(), "trading-hub-"));
    const path = directory === undefined ? `\\\\.\\pipe\\trading-hub-${random.id()}` : join(directory, "socket");
    const hub = new IpcHub(path, directory, { clock, logger, incarnation: random.id() });
    try {
      hub.#server.listen(path);
      await once(hub.#server, "listening");
      return hub;
    } catch (error) {
      await hub.#removeDirectory();
      throw error;
    }
  }

  private constructor(
    path: string,
    directory: string | undefined,
    { clock, logger, incarnation }: { readonly clock: Clock; readonly logger: Logger; readonly incarnation: string },
  ) {
    this.#path = path;
    this.#directory = directory;
    this.#clock = clock;
    this.#logger = logger;
    this.#incarnation = incarnation;
    this.#server = createServer((socket) => this.#onConnected(socket));
  }

  /** The path of the socket, for {@link IpcBus}. */
  get path(): string {
    return this.#path;
  }

  /** Names of the connected nodes. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** Number of stored claims. */
  get claims(): number {
    return this.#claims.size;
  }

  /** Disconnects all nodes. */
  async close(): Promise<void> {
    for (const cancel of this.#forgetting.values()) cancel();
    this.#forgetting.clear();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, "close");
    }
    await this.#removeDirectory();
  }

  async #removeDirectory(): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  #onConnected(socket: Socket): void {
    this.#sockets.add(socket);
    const connection = new IpcConnection(socket, this.#side, { clock: this.#clock });
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#remove(connection);
    });
  }

  readonly #side: HubSide = {
    onHello: (connection, node) => {
      // The node has noticed earlier than the hub that its former connection is broken.
      this.#nodes.get(node)?.close();
      this.#nodes.set(node, connection);
      // mutant: remember-returned-node
      this.#forgetting.get(node)?.();
      this.#forgetting.delete(node);
      connection.control({ type: "welcome", incarnation: this.#incarnation });
    },
    onEnd: (connection) => this.#remove(connection),
    receiver: (node) => this.#nodes.get(node),
    answer: (question) => this.#answer(question),
    onRefused: (node, error) => this.#logger.error("The hub has disconnected a process", { node, error }),
  };

  #remove(connection: IpcConnection): void {
    const { node } = connection;
    if (node === undefined || this.#nodes.get(node) !== connection) return;
    this.#nodes.delete(node);
    const forget = () => {
      this.#forgetting.delete(node);
      // mutant: forget-dead-claims
      this.#claims.releaseAll(node);
    };
    this.#forgetting.set(node, this.#clock.after(FORGET_MS, forget));
  }

  #answer(question: IpcQuestion): IpcResult {
    switch (question.type) {
      case "claim":
        return this.#claims.claim(question.mine, question.instead);
      case "find":
        return this.#claims.find(question.key);
      case "release":
        this.#claims.release(question.claim);
        return undefined;
      case "alive":
        return /* mutant: dead-when-disconnected */ this.#nodes.has(question.node);
      case "owners":
        return this.nodes.filter((node) => this.#nodes.get(node)?.ownsTopics);
      case "nodes":
        return [...this.#nodes].flatMap(([node, { settings }]) => (settings === undefined ? [] : [{ node, settings }]));
      case "end":
        return undefined;
    }
  }
}
