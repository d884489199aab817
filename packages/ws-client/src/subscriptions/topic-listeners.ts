import type { ClientError } from "../errors.js";
import type { Reporter } from "../reporter.js";
import type { AnyListener } from "./listener.js";

/** A listener with its promise `ready`. */
export interface ListenerEntry {
  readonly listener: AnyListener;
  readonly ready: Promise<void>;
  settle(error?: ClientError): void;
}

/** The listeners of one topic. What they throw is reported, and does not affect the others. */
export class TopicListeners extends Set<ListenerEntry> {
  readonly #topic: string;
  readonly #reporter: Reporter;

  constructor(topic: string, reporter: Reporter) {
    super();
    this.#topic = topic;
    this.#reporter = reporter;
  }

  addEntry(listener: AnyListener): ListenerEntry {
    let settle!: ListenerEntry["settle"];
    const ready = new Promise<void>((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    // Using `ready` is optional: a rejection that is not handled must not end the process.
    ready.catch(() => {});
    const entry = { listener, ready, settle };
    this.add(entry);
    return entry;
  }

  /**
   * Calls one callback of the given entries.
   *
   * @param entries by default all that exist now: an entry that is added by a callback has got the present state already
   */
  notify<Event extends keyof AnyListener>(
    event: Event,
    values: Parameters<NonNullable<AnyListener[Event]>>,
    entries: readonly ListenerEntry[] = [...this],
  ): void {
    for (const entry of entries) {
      if (!this.has(entry)) continue;
      // A closure and a text only for a listener that throws: most updates need neither.
      try {
        (entry.listener[event] as ((...values: unknown[]) => void) | undefined)?.(...values);
      } catch (cause) {
        const rethrow = () => {
          throw cause;
        };
        this.#reporter.guard("listener_failed", `${event} of a listener of ${this.#topic}`, rethrow, this.#topic);
      }
    }
  }
}
