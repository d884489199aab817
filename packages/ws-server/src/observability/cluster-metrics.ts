import { Counter, Gauge, type Registry } from "prom-client";
import type { ClusterStats } from "../cluster/cluster-stats.js";

/** A node of a cluster, whose state is read on each scrape. */
export interface ClusterNode {
  stats(): ClusterStats;
}

/** Adds the metrics of a node of a cluster to a registry. */
export function addClusterMetrics(node: ClusterNode, register: Registry): void {
  const registers = [register];
  const add = (
    Metric: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    figure: (stats: ClusterStats) => number,
  ) =>
    new Metric({
      name: `trading_ws_cluster_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(figure(node.stats()));
      },
    });
  add(Gauge, "up", "Whether the node is connected to the others: 1 or 0", ({ isUp }) => Number(isUp));
  add(
    Gauge,
    "oldest_feed_seconds",
    "Age of the oldest sign of life of an owner that this node follows",
    ({ oldestMs }) => oldestMs / 1000,
  );
  add(Gauge, "claims", "Keys that this node owns", ({ keys }) => keys);
  add(Gauge, "claims_queued", "Questions about claims that wait for their turn", ({ queuedClaims }) => queuedClaims);
  add(Gauge, "followers", "Nodes that follow this one", ({ followers }) => followers);
  add(
    Counter,
    "resyncs_total",
    "Feeds opened again after missing messages or a new connection",
    ({ resyncs }) => resyncs,
  );
  add(Counter, "takeovers_total", "Claims of other nodes that this node has replaced", ({ takeovers }) => takeovers);
  add(Counter, "relayed_bytes_total", "Bytes of updates sent to followers", ({ relayedBytes }) => relayedBytes);
  add(Counter, "invalid_messages_total", "Refused messages of other nodes", ({ invalidMessages }) => invalidMessages);
  new Gauge({
    name: "trading_ws_cluster_topics",
    help: "Topics by the role of this node",
    labelNames: ["role"],
    registers,
    collect() {
      const { owned, followed, joining } = node.stats();
      this.set({ role: "owner" }, owned);
      this.set({ role: "follower" }, followed);
      this.set({ role: "joining" }, joining);
    },
  });
}
