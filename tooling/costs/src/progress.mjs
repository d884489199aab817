/** The width of the bar, in characters. */
const WIDTH = 24;

/** A progress bar on standard error. Without a terminal it prints nothing. */
export class Progress {
  #isShown = process.stderr.isTTY === true;

  /** @param {number} done @param {number} all @param {string} step */
  show(done, all, step) {
    if (!this.#isShown) return;
    const filled = Math.round((WIDTH * done) / Math.max(1, all));
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    process.stderr.write(
      `\r\u001b[K${bar} ${done}/${all} ${step.slice(0, (process.stderr.columns ?? 80) - WIDTH - 16)}`,
    );
  }

  /** Removes the bar. */
  end() {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
  }
}
