/** The longest frame that a trace shows whole, in characters. */
const MAX_SHOWN = 600;
/** The largest number of lines of a trace. A scenario with a stalled reader exchanges thousands of frames. */
const MAX_LINES = 200;

/** The frames of one scenario, in order, as lines that a person reads. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #startedAt = performance.now();
  #omitted = 0;
  /** The text of the last line, and how often it was added. A scenario that polls adds the same one many times. */
  #last = { text: "", times: 0 };

  /** @param arrow → for what the suite sends, ← for what it receives, · for everything else */
  add(arrow: "→" | "←" | "·", peer: string, text: string): void {
    if (this.#lines.length >= MAX_LINES) {
      this.#omitted++;
      return;
    }
    const line = `${arrow} ${peer}  ${shorten(text)}`;
    const times = this.#last.text === line ? this.#last.times + 1 : 1;
    if (times > 1) this.#lines.pop();
    this.#last = { text: line, times };
    const ms = String(Math.round(performance.now() - this.#startedAt)).padStart(5);
    this.#lines.push(`${ms} ms ${line}${times === 1 ? "" : `  (${times} times)`}`);
  }

  get lines(): readonly string[] {
    return this.#omitted === 0 ? this.#lines : [...this.#lines, `… and ${this.#omitted} more lines`];
  }
}

/** Returns a text with its middle left out if it is long. */
export function shorten(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  return `${text.slice(0, MAX_SHOWN / 2)} … ${text.slice(-MAX_SHOWN / 4)} (${text.length} characters)`;
}
