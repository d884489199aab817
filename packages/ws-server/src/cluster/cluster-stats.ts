/** The state of a node, for metrics. */
export interface ClusterStats {
  /** Topics whose source runs here. */
  readonly owned: number;
  /** Keys that this node owns. */
  readonly keys: number;
  /** Topics that follow another node. */
  readonly followed: number;
  /** Topics that wait for a claim or for an owner. */
  readonly joining: number;
  /** Nodes that follow this one. */
  readonly followers: number;
  /** Milliseconds since the last sign of life of the owner that has been silent longest; 0 without owners. */
  readonly oldestMs: number;
  /** Questions about claims that wait for their turn. */
  readonly queuedClaims: number;
  /** Requests that wait for the replies of other nodes. */
  readonly pendingRequests: number;
  /** Messages of other nodes that were refused, since the start. */
  readonly invalidMessages: number;
  /** Whether the bus is connected. */
  readonly isUp: boolean;
  /** Feeds that were opened again, because messages were missing or the connection was another one, since the start. */
  readonly resyncs: number;
  /** Claims of other nodes that this node has replaced, since the start. */
  readonly takeovers: number;
  /** Bytes of messages with updates that this node has sent to its followers, since the start. */
  readonly relayedBytes: number;
}
