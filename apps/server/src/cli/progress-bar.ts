const WIDTH = 30;

/** The part of a terminal that {@link ProgressBar} needs. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows the progress of a long command on one line of a terminal. Prints nothing to files and pipes. */
export class ProgressBar {
  readonly #terminal: Terminal;
  #shown = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Draws the bar if it looks different from before. @param done a part of `total` */
  update(done: number, total: number): void {
    if (!this.#terminal.isTTY) return;
    const part = total === 0 ? 1 : done / total;
    const filled = Math.floor(part * WIDTH);
    const counts = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} rows`;
    const line = `[${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${Math.floor(part * 100)} %  ${counts}`;
    if (line === this.#shown) return;
    this.#shown = line;
    this.#terminal.write(`\r${line}\u001B[K`);
  }

  /** Removes the bar. */
  clear(): void {
    if (this.#shown !== "") this.#terminal.write("\r\u001B[K");
    this.#shown = "";
  }
}
