/** Counts of a node since its start, for metrics. */
export class NodeCounts {
  /** Feeds that were opened again, because messages were missing or the connection was another one. */
  resyncs = 0;
  /** Claims of other nodes that this node has replaced. */
  takeovers = 0;
  /** Bytes of messages with updates that this node has sent to its followers. */
  relayedBytes = 0;
}
