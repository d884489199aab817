import type { Journal } from "./journal.js";
import type { SimulatedNode } from "./node.js";
import type { SeededRandom } from "./random.js";
import type { Scheduler } from "./scheduler.js";
import { LOCKED_KEY } from "./world.js";

/** The parts of a simulation that the lock uses. */
export interface LockServices {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly journal: Journal;
  readonly nodes: ReadonlySet<SimulatedNode>;
}

/**
 * A lock of a database: one node at a time has it, and holds a key meanwhile. It passes to another node when its node dies or
 * stands still, before that one can notice, and when it is given back.
 */
export class Lock {
  readonly #services: LockServices;
  #holder: SimulatedNode | undefined;
  #letGo = () => {};
  /** Whether the holder stops its sources before it gives the lock back. */
  #isGivingBack = false;

  constructor(services: LockServices) {
    this.#services = services;
    this.#watch();
  }

  get holder(): SimulatedNode | undefined {
    return this.#isGivingBack ? undefined : this.#holder;
  }

  /** The node stops the sources of the key, and then gives the lock back. */
  giveBack(): void {
    if (this.#holder === undefined || this.#isGivingBack) return;
    this.#isGivingBack = true;
    this.#services.scheduler.touch();
    this.#holder.clock.run(this.#letGo);
  }

  #watch(): void {
    const { scheduler, random, journal, nodes } = this.#services;
    if (this.#holder !== undefined) {
      const { clock } = this.#holder;
      const isLost = clock.isDead || clock.pausedUntil > scheduler.now;
      if (isLost) this.giveBack();
      if (isLost || (this.#isGivingBack && !journal.isRunning(LOCKED_KEY, this.#holder))) this.#holder = undefined;
    }
    const free = [...nodes].filter(({ isOpen, clock }) => isOpen && clock.pausedUntil <= scheduler.now);
    if (this.#holder === undefined && free.length > 0) {
      scheduler.touch();
      this.#holder = random.pick(free);
      this.#isGivingBack = false;
      this.#letGo = this.#holder.pubSub.hold(LOCKED_KEY);
    }
    scheduler.after(random.between(10, 300), () => this.#watch());
  }
}
