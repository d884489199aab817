import type { ModuleCluster, Readiness } from "../../module.js";
import { Broker, type BrokerOptions, type BrokerService } from "../broker.js";
import { callHandler } from "./call-handler.js";
import { type BrokerCalls, brokerCalls } from "./calls.js";
import { BROKER_KEY, Holding } from "./holding.js";
import { FORWARD_MS, NotForwarded, remoteBroker } from "./remote-broker.js";

/**
 * Opens the broker of one server of a cluster. The server that has the lease of the store runs it, for all: the others forward
 * their calls to it. Accounts are watched only where the broker runs, because the topics of accounts follow the holder of
 * {@link BROKER_KEY}.
 *
 * @throws what `Broker.open` throws
 */
export async function openClusterBroker(options: BrokerOptions, cluster: ModuleCluster): Promise<BrokerService> {
  const { requests } = cluster;
  const holding = new Holding(cluster, options.clock);
  const local = await Broker.open({ ...options, onLease: (state) => holding.onLease(state) });
  const removeHandler = requests.handle(BROKER_KEY, callHandler(local));
  const canForward = () => holding.holder !== undefined && requests.isUp;
  return {
    ...forwardingCalls(
      local,
      remoteBroker((body) => requests.send(BROKER_KEY, body, FORWARD_MS)),
    ),
    get isReady() {
      return local.isReady || canForward();
    },
    get readiness(): Readiness {
      const { holder } = holding;
      return canForward() ? { status: "ready", reason: `forwards to ${holder}` } : local.readiness;
    },
    get connection() {
      return local.connection;
    },
    onConnection: (listener) => local.onConnection(listener),
    get queued() {
      return local.queued;
    },
    onCommit: (listener) => local.onCommit(listener),
    watch: (accountId, listener) => local.watch(accountId, listener),
    async close() {
      await local.close();
      holding.release();
      removeHandler();
    },
  };
}

/** Calls the broker of this server if it runs here, and otherwise the other one. */
function forwardingCalls(local: Broker, remote: BrokerCalls): BrokerCalls {
  return brokerCalls(async (name, args) => {
    const callOf = (broker: BrokerCalls): Promise<unknown> =>
      (broker[name] as (...args: readonly unknown[]) => Promise<unknown>).apply(broker, args as unknown[]);
    // mutant: call-local
    if (local.isReady) return callOf(local);
    try {
      return await callOf(remote);
    } catch (error) {
      // This server knows why it does not run the broker, or it has taken over meanwhile.
      // mutant: know-why
      if (error instanceof NotForwarded) return callOf(local);
      throw error;
    }
  });
}
