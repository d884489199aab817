import { CONNECTION_STATUS } from "@trading/topic";
import type { Clock, SourceError } from "@trading/ws-server";
import type { ModuleCluster, Readiness } from "../../module.js";
import type { BrokerService } from "../broker.js";
import { temporary } from "../broker-lease.js";
import { brokerCalls } from "./calls.js";
import { BROKER_KEY } from "./holding.js";
import { FORWARD_MS, NotForwarded, remoteBroker } from "./remote-broker.js";

/** Interval at which the server that runs the broker is looked for. */
const LOOK_MS = 1_000;

/**
 * Creates the broker of a server of a cluster that runs no sources. It forwards every call, and never runs the broker itself, even
 * if no other server does: it has no prices for it, and its restarts should interrupt no trading. So it needs no store.
 */
export function gatewayBroker(cluster: ModuleCluster, clock: Clock): BrokerService {
  const { requests } = cluster;
  const holder = new HolderLookup(cluster, clock);
  const remote = remoteBroker((body) => requests.send(BROKER_KEY, body, FORWARD_MS));
  const connection = { status: CONNECTION_STATUS.connecting, timestamp: clock.now() };
  return {
    ...brokerCalls(async (name, args) => {
      const call = remote[name] as (...args: readonly unknown[]) => Promise<unknown>;
      try {
        return await call(...args);
      } catch (error) {
        throw error instanceof NotForwarded ? noBroker() : error;
      }
    }),
    get isReady() {
      return this.readiness.status === "ready";
    },
    get readiness(): Readiness {
      if (!requests.isUp) return { status: "unavailable", reason: "not connected to the other servers" };
      const { node } = holder;
      if (node === undefined) return { status: "unavailable", reason: "no other server runs the broker" };
      return { status: "ready", reason: `forwards to ${node}` };
    },
    // The topics of accounts and of the connection run where the broker does.
    connection,
    onConnection: () => () => {},
    watch: async () => {
      throw noBroker();
    },
    queued: 0,
    onCommit: () => {},
    close: async () => holder.stop(),
  };
}

function noBroker(): SourceError {
  return temporary("no_broker", "No server can be reached that runs the broker");
}

/** Looks for the node that runs the broker, again and again. */
class HolderLookup {
  /** The node; undefined while no node runs the broker. */
  node: string | undefined;
  readonly #cluster: ModuleCluster;
  readonly #clock: Clock;
  #isStopped = false;
  #cancel = () => {};

  constructor(cluster: ModuleCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    void this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    try {
      this.node = await this.#cluster.requests.holderOf(BROKER_KEY);
    } catch {
      // The connection is down: the last node is the best guess once it is up again.
    }
    if (!this.#isStopped) this.#cancel = this.#clock.after(LOOK_MS, () => void this.#look());
  }
}
