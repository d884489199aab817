import type { Readable } from "node:stream";

/** A line longer than this is given up on: the longest canonical text is 16 MiB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/** The lines of a stream, one at a time as they are asked for, so that a flood waits in the pipe and not in memory. */
export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next line without its end, or undefined at the end of the stream. */
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
        // A line that was cut short by the end of the stream is not an answer.
        return undefined;
      }
      chunk = read.value;
    }
  }
}

/** Text mode on Windows ends lines with both. */
function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
