import type { Publish, TopicSource } from "../server/modules.js";

/** A source that records its calls, and publishes on behalf of a test. */
export class ScriptedSource<Params, Update> implements TopicSource<Params, Update> {
  /** `create {topic}` and `remove {topic}`, in order. */
  readonly calls: string[] = [];
  /** The last publisher of each topic, kept after its removal. */
  readonly publishers = new Map<string, Publish<Update>>();
  readonly params = new Map<string, Params>();
  /** One for each `createTopic` call. */
  readonly signals: AbortSignal[] = [];
  /** Called by `createTopic`; a test can publish, wait or throw in it. */
  onCreate: (topic: string, publish: Publish<Update>, signal: AbortSignal) => void | Promise<void> = () => {};
  /** Called by `removeTopic`. */
  onRemove: (topic: string) => void | Promise<void> = () => {};

  createTopic(topic: string, params: Params, publish: Publish<Update>, signal: AbortSignal): void | Promise<void> {
    this.calls.push(`create ${topic}`);
    this.params.set(topic, params);
    this.publishers.set(topic, publish);
    this.signals.push(signal);
    return this.onCreate(topic, publish, signal);
  }

  removeTopic(topic: string): void | Promise<void> {
    this.calls.push(`remove ${topic}`);
    return this.onRemove(topic);
  }

  /**
   * Publishes to a topic, by default to the only one.
   *
   * @returns the result of `publish`
   * @throws Error if the topic was not created, or if there are several and none is named
   */
  publish(update: Update, topic?: string): boolean {
    return this.#publisher(topic)(update);
  }

  /** Ends a topic, by default the only one. */
  end(topic?: string, ...reason: Parameters<Publish<Update>["end"]>): void {
    this.#publisher(topic).end(...reason);
  }

  count(call: "create" | "remove"): number {
    return this.calls.filter((made) => made.startsWith(call)).length;
  }

  #publisher(topic: string | undefined): Publish<Update> {
    const [only, ...others] = this.publishers.keys();
    const name = topic ?? (others.length === 0 ? only : undefined);
    const publisher = name === undefined ? undefined : this.publishers.get(name);
    if (publisher !== undefined) return publisher;
    throw new Error(`Unknown topic ${topic ?? "(none named)"}: expected one of ${[only, ...others].join(", ")}`);
  }
}
