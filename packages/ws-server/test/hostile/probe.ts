import { connect, type Socket } from "node:net";
import { close, FrameReader, opcodes, type ServerFrame } from "../rfc6455/frames.js";
import type { Dialect, Judge } from "./judge.js";

/** A connection on which nothing happens for so long hangs: neither served nor closed. */
const HANG_MS = 120_000;

/** One connection of the fuzzer: writes what it is given, and shows the judge all that comes back. */
export class Probe {
  /** Pongs so far. */
  pongs = 0;
  /** Whether the server has closed it, or cut it. */
  isOver = false;
  /** Resolves when the socket has closed. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #judge: Judge;
  readonly #where: string;
  readonly #dialect: Dialect;
  readonly #reader = new FrameReader();
  /** Bytes of the response's head; undefined once it was whole. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #isUpgraded = false;
  /** Whether this client may have sent a close frame of its own: the server's code is its echo then. */
  #mayEcho: boolean;
  #wake = () => {};

  constructor(port: number, judge: Judge, where: string, dialect: Dialect, mayEcho: boolean) {
    this.#judge = judge;
    this.#where = where;
    this.#dialect = dialect;
    this.#mayEcho = mayEcho;
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    // A server that cuts us may do it while we write. That we cannot connect at all is the server's fault.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "connect") judge.fault(where, `could not connect: ${error.message}`);
    });
    socket.setTimeout(HANG_MS, () => {
      judge.fault(where, "hangs: neither served nor closed");
      socket.destroy();
    });
    this.ended = new Promise((resolve) =>
      socket.once("close", () => {
        this.isOver = true;
        this.#wake();
        resolve();
      }),
    );
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Says that nothing more comes; the server has to end the connection then. */
  async finish(): Promise<void> {
    this.#socket.end();
    await this.ended;
  }

  /** Leaves as a client does: with a close frame, with a FIN alone, or with a RST. */
  async leave(way: "close" | "fin" | "rst"): Promise<void> {
    if (way === "rst") this.#socket.resetAndDestroy();
    else if (way === "fin") this.#socket.end();
    else {
      this.#mayEcho = true;
      this.write(close(1000));
    }
    await this.ended;
  }

  /** Waits for so many pongs. @returns false where the connection ended before */
  async answered(pongs: number): Promise<boolean> {
    while (this.pongs < pongs && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.pongs >= pongs;
  }

  #onBytes(bytes: Buffer): void {
    if (this.#head !== undefined) this.#onHead(Buffer.concat([this.#head, bytes]));
    else if (this.#isUpgraded) this.#onFrames(bytes);
  }

  #onHead(bytes: Buffer): void {
    const end = bytes.indexOf("\r\n\r\n");
    this.#head = bytes;
    if (end < 0) return;
    this.#head = undefined;
    const head = bytes.subarray(0, end + 2).toString("latin1");
    this.#isUpgraded = head.startsWith("HTTP/1.1 101 ");
    this.#judge.response(this.#where, this.#isUpgraded ? head : bytes.toString("latin1"));
    if (this.#isUpgraded) this.#onFrames(bytes.subarray(end + 4));
  }

  #onFrames(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#onFrame(frame);
    } catch (error) {
      this.#judge.fault(this.#where, String(error));
      this.#socket.destroy();
    }
    this.#wake();
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.opcode === opcodes.pong) this.pongs++;
    else if (frame.opcode === opcodes.text) this.#judge.message(this.#where, this.#dialect, frame);
    else if (frame.opcode === opcodes.close) {
      this.#judge.close(this.#where, this.#dialect, frame, this.#mayEcho);
      if (this.#socket.writable) this.#socket.write(close(1000));
    }
  }
}
