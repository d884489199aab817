import type { Clock } from "../platform/clock.js";
import { withTimeout } from "../platform/timeout.js";
import type { Bus } from "./bus.js";
import { encodeNodeMessage } from "./messages.js";
import type { ClusterTimings } from "./timings.js";

/** The services that forwarding updates uses. */
export interface ForwardServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
}

/** An update for a topic that this node may not own. */
interface Forwarded {
  readonly body: string;
  /** Called if no node owns the topic. */
  readonly onDropped: () => void;
}

/** The updates that this node publishes to topics of other nodes, in order for each topic, at most once. */
export class Forwards {
  readonly #services: ForwardServices;
  /** The updates that wait until the owner is known, by topic. */
  readonly #waiting = new Map<string, Forwarded[]>();

  constructor(services: ForwardServices) {
    this.#services = services;
  }

  /** Sends an update to the owner of a topic. @param owner if it is known */
  send(
    { topic, key }: { readonly topic: string; readonly key: string },
    owner: string | undefined,
    forwarded: Forwarded,
  ): void {
    const waiting = this.#waiting.get(topic);
    if (waiting !== undefined) waiting.push(forwarded);
    else if (owner !== undefined) this.#sendTo(owner, topic, forwarded.body);
    else {
      const all = [forwarded];
      this.#waiting.set(topic, all);
      const { bus, clock, timings } = this.#services;
      const late = () => new Error("The bus did not answer in time");
      withTimeout(clock, timings.answerMs, bus.find(key), late).then(
        (claim) => this.#found(topic, all, claim?.node),
        () => this.#found(topic, all, undefined),
      );
    }
  }

  #found(topic: string, all: readonly Forwarded[], owner: string | undefined): void {
    this.#waiting.delete(topic);
    for (const { body, onDropped } of all) {
      if (owner === undefined) onDropped();
      else this.#sendTo(owner, topic, body);
    }
  }

  #sendTo(owner: string, topic: string, body: string): void {
    this.#services.bus.send(owner, encodeNodeMessage({ type: "publish", topic, body }));
  }
}
