import { onTestFinished } from "vitest";
import type { BusListener, Claim } from "../../../src/cluster/index.js";
import { RedisBus, type RedisBusOptions } from "../../../src/cluster/redis/index.js";
import { RecordingLogger } from "../../../src/testing/index.js";

/** An open RedisBus that records what it is notified of. It is closed with the test. */
export class RecordingNode implements BusListener {
  readonly bus: RedisBus;
  readonly logger = new RecordingLogger();
  /** "up", "down", "drain", "taken <id>", or "message <text>". */
  readonly events: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(options: RedisBusOptions) {
    this.bus = new RedisBus({ logger: this.logger, ...options });
    this.bus.open(this, { ownsTopics: true });
    onTestFinished(() => this.bus.close());
  }

  /** Opens a bus, and waits until it is up. */
  static async up(options: RedisBusOptions): Promise<RecordingNode> {
    const node = new RecordingNode(options);
    await node.until("up");
    return node;
  }

  /** Waits until an event has occurred a number of times. */
  async until(event: string, times = 1): Promise<void> {
    while (this.count(event) < times) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  count(event: string): number {
    return this.events.filter((one) => one === event).length;
  }

  /** Returns the next message that is logged, or the last one. */
  get problems(): string[] {
    return this.logger.entries.filter(({ level }) => level === "warn").map(({ message }) => message);
  }

  claimOf(key: string, id = "id"): Claim {
    return { key, node: this.bus.node, id };
  }

  send(to: RecordingNode, text: string): void {
    this.bus.send(to.bus.node, Buffer.from(text));
  }

  onMessage(_from: string, message: Uint8Array): void {
    this.#record(`message ${Buffer.from(message).toString()}`);
  }

  onUp(): void {
    this.#record("up");
  }

  onDown(): void {
    this.#record("down");
  }

  onDrain(): void {
    this.#record("drain");
  }

  onTaken({ id }: Claim): void {
    this.#record(`taken ${id}`);
  }

  #record(event: string): void {
    this.events.push(event);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
