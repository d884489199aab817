/** The parts of a frame that are checked. */
interface Frame {
  readonly type: string;
  readonly payload?: { readonly topic?: string; readonly offset?: number };
}

/**
 * Checks the frames of a client's connections: between two replies to a subscribe, the offsets of a topic ascend, and those of a
 * log have no hole. The client would drop the former and request the latter again, so that its listeners notice neither.
 */
export class FrameCheck {
  /** Number of updates that were compared with the one before. */
  checked = 0;
  readonly #name: string;
  readonly #onProblem: (problem: string) => void;
  readonly #last = new Map<string, number>();

  constructor(name: string, onProblem: (problem: string) => void) {
    this.#name = name;
    this.#onProblem = onProblem;
  }

  /** The connection has changed. */
  onState(): void {
    this.#last.clear();
  }

  onFrame(text: string): void {
    const { type, payload } = JSON.parse(text) as Frame;
    const topic = payload?.topic;
    if (topic === undefined) return;
    if (!type.endsWith(".update")) {
      if (type.endsWith("scribe.response") || type === "subscription.ended") this.#last.delete(topic);
      return;
    }
    const offset = payload?.offset as number;
    const last = this.#last.get(topic);
    this.#last.set(topic, offset);
    if (last === undefined) return;
    this.checked++;
    const isNext = topic.startsWith("log") ? offset === last + 1 : offset > last;
    if (!isNext) this.#onProblem(`${this.#name}: the server has sent ${offset} of ${topic} after ${last}`);
  }
}
