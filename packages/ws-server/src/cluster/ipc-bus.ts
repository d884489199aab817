import { connect, type Socket } from "node:net";
import { type Clock, systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Random, systemRandom } from "../platform/random.js";
import type { Bus, BusListener, BusNode, Claim, NodeRole } from "./bus.js";
import { type IpcQuestion, type IpcResult, isNodeName, parseHubControl } from "./ipc-control.js";
import { FrameReader, FrameWriter, type IpcFrame } from "./ipc-frames.js";

/** Options of {@link IpcBus}. */
export interface IpcBusOptions {
  /** The path of the hub's socket. */
  readonly path: string;
  /** This node's name: 1 to 255 printable ASCII characters, unique. @default a random one */
  readonly node?: string;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** @default warnings and errors, as JSON lines on standard error */
  readonly logger?: Logger;
}

/** Unsent bytes above which `send` returns false. */
const MAX_BUFFERED_BYTES = 1_048_576;
/** Unsent bytes above which the connection is given up: those who send do not wait for room. */
const MAX_TOTAL_BYTES = 134_217_728;
/** Time for the hub to accept a connection, and to answer a question. */
const ANSWER_MS = 5_000;
/** Least and greatest delay before connecting again. */
const BACKOFF_MS = [25, 1_000] as const;

type Question = IpcQuestion extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

interface Pending {
  resolve(result: IpcResult): void;
  reject(error: Error): void;
}

/** A connection to the {@link IpcHub} of this machine. */
export class IpcBus implements Bus {
  readonly node: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  #listener: BusListener | undefined;
  #role: NodeRole = { ownsTopics: false };
  #socket: Socket | undefined;
  #writer: FrameWriter | undefined;
  #isUp = false;
  #isFull = false;
  #isClosed = false;
  #incarnation = "";
  #attempts = 0;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();
  #cancelTimer: () => void = () => {};

  constructor(options: IpcBusOptions) {
    const { path, clock = systemClock, random = systemRandom, logger = lineLogger("warn") } = options;
    this.#path = path;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.node = options.node ?? random.id();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  open(listener: BusListener, role: NodeRole): void {
    this.#listener = listener;
    this.#role = role;
    this.#connect();
  }

  send(to: string, message: Uint8Array): boolean {
    const writer = this.#writer;
    if (!this.#isUp || writer === undefined || !isNodeName(to)) return true;
    writer.write(to, message);
    const { bufferedBytes } = writer;
    if (bufferedBytes <= MAX_BUFFERED_BYTES) return true;
    this.#isFull = true;
    if (bufferedBytes > MAX_TOTAL_BYTES) this.#abort(new Error(`The hub has not read ${bufferedBytes} bytes`));
    return false;
  }

  claim(mine: Claim, instead?: Claim): Promise<Claim | undefined> {
    return this.#ask({ type: "claim", mine, instead }) as Promise<Claim | undefined>;
  }

  find(key: string): Promise<Claim | undefined> {
    return this.#ask({ type: "find", key }) as Promise<Claim | undefined>;
  }

  async release(claim: Claim): Promise<void> {
    await this.#ask({ type: "release", claim });
  }

  async isAlive(node: string): Promise<boolean> {
    return (await this.#ask({ type: "alive", node })) === true;
  }

  owners(): Promise<readonly string[]> {
    return this.#ask({ type: "owners" }) as Promise<readonly string[]>;
  }

  nodes(settings: string): Promise<readonly BusNode[]> {
    return this.#ask({ type: "nodes", settings }) as Promise<readonly BusNode[]>;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    // What was sent before is delivered.
    if (this.#isUp) await this.#ask({ type: "end" }).catch(() => {});
    this.#socket?.destroy();
    this.#disconnect();
  }

  #connect(): void {
    const socket = connect(this.#path);
    const writer = new FrameWriter(socket);
    const reader = new FrameReader();
    this.#socket = socket;
    this.#writer = writer;
    this.#cancelTimer = this.#clock.after(ANSWER_MS, () =>
      this.#abort(new Error("It has not accepted the connection")),
    );
    socket.on("connect", () => writer.control({ type: "hello", node: this.node, ...this.#role }));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.read(chunk, (frame) => this.#onFrame(socket, frame));
      } catch (error) {
        this.#abort(error as Error);
      }
    });
    socket.on("drain", () => {
      if (!this.#isFull) return;
      this.#isFull = false;
      // mutant: notify-of-room
      this.#listener?.onDrain();
    });
    // "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#onClosed(socket));
  }

  #onFrame(socket: Socket, { name, body }: IpcFrame): void {
    if (socket !== this.#socket || socket.destroyed) return;
    if (name !== "") {
      if (this.#isUp) this.#listener?.onMessage(name, body);
      return;
    }
    const control = parseHubControl(body);
    if (control.type === "welcome") {
      if (this.#isUp || this.#isClosed) return;
      this.#cancelTimer();
      this.#attempts = 0;
      this.#isUp = true;
      this.#incarnation = control.incarnation;
      this.#listener?.onUp();
    } else if (control.type === "taken") this.#listener?.onTaken(control.claim);
    else this.#pending.get(control.id)?.resolve(control.result);
  }

  /** Ends the connection because of what the hub did. */
  #abort(error: Error): void {
    this.#logger.error("The connection to the hub is given up", { error });
    this.#socket?.destroy();
  }

  #onClosed(socket: Socket): void {
    if (socket !== this.#socket || this.#isClosed) return;
    const wasUp = this.#isUp;
    this.#cancelTimer();
    this.#disconnect();
    if (wasUp) this.#listener?.onDown();
    const [least, most] = BACKOFF_MS;
    const delayMs = Math.min(most, least * 2 ** this.#attempts++) * (0.5 + this.#random.fraction() / 2);
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#connect());
  }

  #disconnect(): void {
    this.#isUp = false;
    this.#isFull = false;
    this.#socket = undefined;
    this.#writer = undefined;
    // mutant: reject-unanswered
    for (const { reject } of [...this.#pending.values()]) reject(new Error("The connection to the hub is closed"));
  }

  #ask(question: Question): Promise<IpcResult> {
    return new Promise((resolve, reject) => {
      const writer = this.#writer;
      if (!this.#isUp || writer === undefined) return reject(new Error("The connection to the hub is closed"));
      const id = ++this.#lastId;
      const settle = () => {
        this.#pending.delete(id);
        cancel();
      };
      const cancel = this.#clock.after(ANSWER_MS, () => {
        settle();
        reject(new Error(`The hub has not answered within ${ANSWER_MS} ms`));
      });
      this.#pending.set(id, {
        resolve(result) {
          settle();
          resolve(result);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
      writer.control({ ...question, id });
    });
  }
}
