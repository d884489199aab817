import type { Readable } from "node:stream";

/** The maximum length of a line; a longer one is cut. The longest canonical text is 16 MiB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Reads a stream line by line, on demand: excess output stays in the pipe instead of filling memory. */
export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Returns the next line without its line ending, or undefined at the end of the stream. */
  async next(): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    let chunk = this.#rest;
    for (;;) {
      const end = chunk.indexOf(NEWLINE);
      if (end !== -1 || length > MAX_LINE_BYTES) {
        const stop = end === -1 ? chunk.length : end;
        pieces.push(chunk.subarray(0, stop));
        this.#rest = chunk.subarray(stop + 1);
        return withoutCarriageReturn(Buffer.concat(pieces));
      }
      pieces.push(chunk);
      length += chunk.length;
      const read = await this.#chunks.next();
      if (read.done === true) {
        this.#rest = Buffer.alloc(0);
        // A line without its line ending is incomplete, so it is discarded.
        return undefined;
      }
      chunk = read.value;
    }
  }
}

/** Removes the carriage return that text mode on Windows writes before the line feed. */
function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
