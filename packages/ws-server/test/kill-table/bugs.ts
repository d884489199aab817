/** A bug, planted by replacing one text of one source. */
export interface Bug {
  /** What it would do to users. */
  readonly name: string;
  /** The origin had it. */
  readonly isOrigins?: true;
  readonly file: string;
  /** Found exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Each has to be caught by a test. */
export const BUGS: readonly Bug[] = [
  {
    name: "subscribing twice counts twice",
    isOrigins: true,
    file: "topic-registry.ts",
    find: "if (present !== undefined) return present;",
    replace: "",
  },
  {
    name: "each of several first subscribers starts the source",
    isOrigins: true,
    file: "topic-registry.ts",
    find: "this.#runs.get(topic.name) ?? this.#start(topic)",
    replace: "this.#start(topic)",
  },
  {
    name: "a disconnect releases nothing",
    isOrigins: true,
    file: "server.ts",
    find: "onLeave: () => this.#registry.releaseAll(connection),",
    replace: "onLeave: () => {},",
  },
  {
    name: "a stranger's unsubscribe ends another's subscription",
    isOrigins: true,
    file: "topic-registry.ts",
    find: `release(subscriber: Subscriber, topic: string): void {
    const subscription = this.#held.get(subscriber)?.get(topic);`,
    replace: `release(_subscriber: Subscriber, topic: string): void {
    const subscription = [...(this.#runs.get(topic)?.subscriptions ?? [])][0];`,
  },
  {
    name: "one slow subscriber holds up the others of its topic",
    isOrigins: true,
    file: "run.ts",
    find: "if (subscription.offer(publication)) taken++;",
    replace: "{ if (!subscription.offer(publication)) break; taken++; }",
  },
  {
    name: "unsubscribing while the source starts leaves it running",
    isOrigins: true,
    file: "run.ts",
    find: "for (const subscription of this.subscriptions) subscription.start();\n    this.#lingerIfUnheld();",
    replace: "for (const subscription of this.subscriptions) subscription.start();",
  },
  {
    name: "a start that fails leaves its waiters waiting",
    isOrigins: true,
    file: "run.ts",
    find: "for (const subscription of [...this.subscriptions]) this.#services.onEnded(subscription, reason);",
    replace: "",
  },
  {
    name: "a run begins before the one before it has ended",
    file: "run.ts",
    find: "    await before;\n",
    replace: "    void before;\n",
  },
  {
    name: "a source's own error is told to the client",
    file: "run.ts",
    find: 'isRefusal ? error : new SourceError("source_unavailable", "The source could not start", { retryable: true }),',
    replace: "error as SourceError,",
  },
  {
    name: "a topic without subscribers never ends",
    file: "run.ts",
    find: "else this.#cancelLinger = this.#services.clock.after(lingerMs, () => this.endIfUnheld());",
    replace: "",
  },
  {
    name: "a refused publish takes an offset",
    file: "run.ts",
    find: `const parsed = route.parseUpdate(update);
      const offset = this.#offset + 1;`,
    replace: `const offset = ++this.#offset;
      const parsed = route.parseUpdate(update);`,
  },
  {
    name: "every run has the same epoch",
    file: "topic-registry.ts",
    find: "new Run(topic, this.#random.id(),",
    replace: 'new Run(topic, "epoch",',
  },
  {
    name: "updates go out before the reply",
    file: "subscription.ts",
    find: '#state: "closed" | "behind" | "live" | "over" = "closed";',
    replace: '#state: "closed" | "behind" | "live" | "over" = "live";',
  },
  {
    name: "an update is appended to a cursor that is behind",
    file: "subscription.ts",
    find: 'if (this.#state === "live") {',
    replace: 'if (this.#state === "live" || this.#state === "behind") {',
  },
  {
    name: "a loss is passed over in silence",
    file: "subscription.ts",
    find: "return floor > this.#cursor && floor > this.#floor;",
    replace: "return floor < 0;",
  },
  {
    name: "a position below the floor counts as recovered",
    file: "subscription.ts",
    find: "history.floor <= resume.offset && ",
    replace: "",
  },
  {
    name: "a position of another epoch counts as recovered",
    file: "subscription.ts",
    find: "resume.epoch === epoch && ",
    replace: "",
  },
  {
    name: "a position ahead of the topic counts as recovered",
    file: "subscription.ts",
    find: " && resume.offset <= history.offset",
    replace: "",
  },
  {
    name: "a second reply's position goes ahead of what an unsubscribe discards",
    file: "subscription.ts",
    find: "this.subscriber.flush();",
    replace: "",
  },
  {
    name: "a resume of what is held leaves gathered updates standing",
    file: "subscription.ts",
    find: "this.subscriber.discard(this);",
    replace: "",
  },
  {
    name: "the current bar is left out of the snapshot",
    file: "retention.ts",
    find: "current.offset - 1",
    replace: "current.offset",
  },
  {
    name: "an eviction does not raise the floor",
    file: "retention.ts",
    find: "this.#floor = Math.max(this.#floor, offset);",
    replace: "",
  },
  {
    name: "superseded updates are kept",
    file: "retention.ts",
    find: "if (superseded !== undefined) this.#mark(superseded);",
    replace: "",
  },
  {
    name: "finished orders are kept for ever",
    file: "retention.ts",
    find: "if (until > now) break;",
    replace: "if (until > -1) break;",
  },
  {
    name: "what is gathered of a topic goes out after its unsubscribe",
    file: "operations.ts",
    find: "connection.discard(subscription);",
    replace: "",
  },
  {
    name: "an unsubscribe during authorization is forgotten",
    file: "operations.ts",
    find: "asking.isWithdrawn = true;",
    replace: "asking.isWithdrawn = false;",
  },
  {
    name: "the authorizer's no is not heard",
    file: "operations.ts",
    find: "if (!mayHold) {",
    replace: "if (mayHold === undefined) {",
  },
  {
    name: "a reply tells what was so when it began to wait",
    file: "operations.ts",
    find: "if (refusal !== undefined && !present?.isOpen)",
    replace: "if (refusal !== undefined)",
  },
  {
    name: "replies of one topic overtake each other",
    file: "replies.ts",
    find: "Promise.all([answer, ...earlier])",
    replace: "Promise.all([answer])",
  },
  {
    name: "what waits for a client has no limit",
    file: "delivery.ts",
    find: "return this.#unsentBytes === 0 || this.#unsentBytes + bytes + FRAME_OVERHEAD_BYTES <= limit;",
    replace: "return true;",
  },
  {
    name: "a client that has drained is not read on",
    file: "delivery.ts",
    find: "if (this.behind > 0) this.#queue();\n    else",
    replace: "if (this.behind < 0) this.#queue();\n    else",
  },
  {
    name: "frames gathered during a write stay where they are",
    file: "delivery.ts",
    find: "if (this.#unsentBytes === 0) this.flush();",
    replace: "",
  },
  {
    name: "a late timer condemns a healthy client",
    file: "heartbeat.ts",
    find: "if (now - dueAt > this.#idleMs * LATE_SHARE) this.beat();",
    replace: "",
  },
  {
    name: "a message read in the turn of the verdict does not count",
    file: "heartbeat.ts",
    find: "if (this.#clock.monotonic() - this.#lastBeat >= this.#idleMs) this.#listener.onIdle();\n    else this.#sleep();",
    replace: "this.#listener.onIdle();",
  },
  {
    name: "an observer's fault reaches the engine",
    file: "observers.ts",
    find: 'this.#logger.error("An observer failed", { error });',
    replace: "throw error;",
  },
  {
    name: "one member's fault keeps an update from the others",
    file: "pub-sub/memory.ts",
    find: 'this.#logger.error("A member of a topic failed to take an update", { topic, error });',
    replace: "throw error;",
  },
];
