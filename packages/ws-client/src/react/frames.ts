/** Calls back once, when the next picture is about to be made. */
export type RequestFrame = (callback: () => void) => void;

/** Gathers calls until the next frame and makes them in one go, which React answers with one render. */
export class Frames {
  readonly #waiting = new Set<() => void>();
  readonly #requestFrame: RequestFrame | undefined;

  constructor(requestFrame: RequestFrame | undefined) {
    this.#requestFrame = requestFrame;
  }

  /** However often a call is added within a frame, it is made once. */
  add(call: () => void): void {
    const isFirst = this.#waiting.size === 0;
    this.#waiting.add(call);
    if (!isFirst) return;
    // Looked up late: a server has none, and a test may put its own there.
    const request: RequestFrame | undefined = this.#requestFrame ?? globalThis.requestAnimationFrame;
    request ? request(this.#flush) : this.#flush();
  }

  delete(call: () => void): void {
    this.#waiting.delete(call);
  }

  readonly #flush = () => {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const call of due) call();
  };
}
