import type { Publish, TopicSource } from "../server/modules.js";

/** A source that writes down what happens to it, and publishes what a test tells it to. */
export class ScriptedSource<Params, Update> implements TopicSource<Params, Update> {
  /** `create {topic}` and `remove {topic}`, in order. */
  readonly calls: string[] = [];
  /** The last publisher of each topic, also after its removal. */
  readonly publishers = new Map<string, Publish<Update>>();
  readonly params = new Map<string, Params>();
  /** One for each createTopic. */
  readonly signals: AbortSignal[] = [];
  /** Runs inside createTopic: publish, wait, throw. */
  onCreate: (topic: string, publish: Publish<Update>, signal: AbortSignal) => void | Promise<void> = () => {};
  /** Runs inside removeTopic. */
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
   * Publishes to a topic, or to the only one there is.
   *
   * @returns what `publish` returned
   * @throws Error where nothing was created for the topic, or where it is not said which of several is meant
   */
  publish(update: Update, topic?: string): boolean {
    return this.#publisher(topic)(update);
  }

  /** Gives a topic up, or the only one there is. */
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
    throw new Error(`Nothing was created for ${topic ?? "a topic that is not named"}; there are: ${[only, ...others]}`);
  }
}
