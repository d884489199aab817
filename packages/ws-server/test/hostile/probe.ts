import { connect, type Socket } from "node:net";
import { close, FrameReader, opcodes, type ServerFrame } from "../rfc6455/frames.js";
import type { Dialect, ProtocolChecker } from "./protocol-checker.js";

/** A connection without activity for this time hangs: the server neither serves nor closes it. */
const HANG_MS = 120_000;

/** One connection of the fuzzer: writes the given bytes, and passes everything it receives to the checker. */
export class Probe {
  /** Number of pongs received. */
  pongs = 0;
  /** Whether the connection is closed. */
  isOver = false;
  /** Resolves when the socket has closed. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #checker: ProtocolChecker;
  readonly #where: string;
  readonly #dialect: Dialect;
  readonly #reader = new FrameReader();
  /** Bytes of the response's head received so far; undefined once the head is complete. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #isUpgraded = false;
  /** Whether this client can have sent a close frame, so that the server's code can be an echo. */
  #mayEcho: boolean;
  #wake = () => {};

  constructor(port: number, checker: ProtocolChecker, where: string, dialect: Dialect, mayEcho: boolean) {
    this.#checker = checker;
    this.#where = where;
    this.#dialect = dialect;
    this.#mayEcho = mayEcho;
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    // The server can reset the connection during a write. Only a failure to connect is a violation.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "connect") checker.fault(where, `could not connect: ${error.message}`);
    });
    socket.setTimeout(HANG_MS, () => {
      checker.fault(where, "hangs: neither served nor closed");
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

  /** Ends the sending side. The server then has to close the connection. */
  async finish(): Promise<void> {
    this.#socket.end();
    await this.ended;
  }

  /** Disconnects with a close frame, with a FIN only, or with a RST. */
  async leave(way: "close" | "fin" | "rst"): Promise<void> {
    if (way === "rst") this.#socket.resetAndDestroy();
    else if (way === "fin") this.#socket.end();
    else {
      this.#mayEcho = true;
      this.write(close(1000));
    }
    await this.ended;
  }

  /** Waits for the given number of pongs. @returns false if the connection ends first */
  async untilPongs(pongs: number): Promise<boolean> {
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
    this.#checker.response(this.#where, this.#isUpgraded ? head : bytes.toString("latin1"));
    if (this.#isUpgraded) this.#onFrames(bytes.subarray(end + 4));
  }

  #onFrames(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#onFrame(frame);
    } catch (error) {
      this.#checker.fault(this.#where, String(error));
      this.#socket.destroy();
    }
    this.#wake();
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.opcode === opcodes.pong) this.pongs++;
    else if (frame.opcode === opcodes.text) this.#checker.message(this.#where, this.#dialect, frame);
    else if (frame.opcode === opcodes.close) {
      this.#checker.close(this.#where, this.#dialect, frame, this.#mayEcho);
      if (this.#socket.writable) this.#socket.write(close(1000));
    }
  }
}
