import { ClientError } from "./errors.js";

/** Functions that are told of something. A function given twice is told twice, and stopped one by one. */
export class Listeners<Event> {
  readonly #entries = new Set<{ readonly listener: (event: Event) => void }>();

  /** Returns what removes it. */
  add(listener: (event: Event) => void): () => void {
    const entry = { listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** Tells each; one that throws stops nobody. */
  tell(event: Event, report: (error: ClientError) => void): void {
    for (const { listener } of [...this.#entries]) {
      try {
        listener(event);
      } catch (cause) {
        report(new ClientError("listener_failed", `A listener of the client threw: ${cause}`, { cause }));
      }
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}
