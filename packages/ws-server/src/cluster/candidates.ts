import { createHash } from "node:crypto";
import type { Clock } from "../platform/clock.js";
import { withTimeout } from "../platform/timeout.js";
import type { Bus } from "./bus.js";
import type { ClusterTimings } from "./timings.js";

/** The services that the choice of a node uses. */
export interface CandidateServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
}

/** Time for which an answer is used: a herd of topics is one question. */
const FRESH_MS = 500;

/** Chooses the nodes that are asked to own keys. All nodes choose the same one for a key, without talking to each other. */
export class Candidates {
  readonly #services: CandidateServices;
  #answer: Promise<readonly string[]> | undefined;
  #askedAt = 0;

  constructor(services: CandidateServices) {
    this.#services = services;
  }

  /**
   * Returns the node to ask for a key, by rendezvous hashing: when a node comes or goes, only its own keys change.
   *
   * @param except a node that does not own the key
   * @returns undefined if there is none, or if the bus does not answer
   */
  async choose(key: string, except?: string): Promise<string | undefined> {
    const nodes = await this.#nodes().catch(() => []);
    let chosen: string | undefined;
    let highest = -1;
    for (const node of nodes) {
      const weight = weightOf(node, key);
      if (node === except || weight <= highest) continue;
      chosen = node;
      highest = weight;
    }
    return chosen;
  }

  #nodes(): Promise<readonly string[]> {
    const { bus, clock, timings } = this.#services;
    const now = clock.monotonic();
    if (this.#answer === undefined || now - this.#askedAt >= FRESH_MS) {
      this.#askedAt = now;
      const late = () => new Error("The bus did not answer in time");
      this.#answer = withTimeout(clock, timings.answerMs, bus.owners(), late);
    }
    return this.#answer;
  }
}

function weightOf(node: string, key: string): number {
  return createHash("sha256").update(`${node} ${key}`).digest().readUIntBE(0, 6);
}
