import type { Clock } from "@trading/ws-server";
import type { ModuleCluster } from "../../module.js";
import type { LeaseState } from "../broker-lease.js";

/** The key of the cluster whose holder runs the broker: the server that has the lease of the store. */
export const BROKER_KEY = "broker";

/** Time for which the key is kept when the store has failed: a short failure ends no topic. */
const KEEP_MS = 3_000;

/** Holds the broker's key in the cluster while this server has the lease of the store, which decides who runs the broker. */
export class Holding {
  readonly #cluster: ModuleCluster;
  readonly #clock: Clock;
  #state: LeaseState = { status: "starting" };
  #release: (() => void) | undefined;
  #cancelRelease = () => {};

  constructor(cluster: ModuleCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** The server that runs the broker; undefined unless it is another one. */
  get holder(): string | undefined {
    return this.#state.status === "standby" ? this.#state.holder : undefined;
  }

  /** The state of the lease has changed. */
  onLease(state: LeaseState): void {
    this.#state = state;
    this.#cancelRelease();
    if (state.status === "holder") this.#release ??= this.#cluster.hold(BROKER_KEY);
    else if (/* mutant: release-standby */ state.status === "standby") this.release();
    else this.#cancelRelease = this.#clock.after(/* mutant: keep-key */ KEEP_MS, () => this.release());
  }

  release(): void {
    this.#cancelRelease();
    this.#release?.();
    this.#release = undefined;
  }
}
