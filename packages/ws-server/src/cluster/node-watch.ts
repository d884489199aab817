import type { Clock } from "../platform/clock.js";
import { withTimeout } from "../platform/timeout.js";
import type { Bus, BusNode } from "./bus.js";
import type { ClusterTimings } from "./timings.js";

/** Interval at which a node reads the settings of the others. */
const LOOK_MS = 5_000;

/** Publishes settings of a node, and gets those of the others. */
export interface NodeWatcher {
  /** Returns the settings of this node: one line of at most 4,096 characters, without secrets. They may change. */
  settings(): string;
  /** Called with the other nodes that are alive: when this node has connected, and every five seconds. It must not throw. */
  onNodes(others: readonly BusNode[]): void;
}

/** The services that a watch uses. */
export interface NodeWatchServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
}

/** Publishes the settings of this node regularly, and reads those of the others. */
export class NodeWatch {
  readonly #watcher: NodeWatcher;
  readonly #services: NodeWatchServices;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;

  constructor(watcher: NodeWatcher, services: NodeWatchServices) {
    this.#watcher = watcher;
    this.#services = services;
  }

  /** Looks at the next tick: the bus was down, or the settings have changed. */
  renew(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Looks if it is time. Called regularly. */
  tick(): void {
    const { bus, clock } = this.#services;
    if (this.#isLooking || !bus.isUp || clock.monotonic() - this.#lookedAt < LOOK_MS) return;
    this.#isLooking = true;
    this.#lookedAt = clock.monotonic();
    this.#look().then(
      (others) => {
        this.#isLooking = false;
        this.#watcher.onNodes(others);
      },
      () => {
        // The answer was lost.
        this.#isLooking = false;
        this.renew();
      },
    );
  }

  async #look(): Promise<readonly BusNode[]> {
    const { bus, clock, timings } = this.#services;
    const late = () => new Error("No answer");
    const nodes = await withTimeout(clock, timings.answerMs, bus.nodes(this.#watcher.settings()), late);
    return nodes.filter(({ node }) => node !== bus.node);
  }
}
