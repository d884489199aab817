import type { ClusterTimings } from "@trading/ws-server/cluster";

/** The settings of a node, as the argument of its program. */
export interface NodeSettings {
  readonly redisUrl: string;
  /** @default the library's */
  readonly timings?: Partial<ClusterTimings>;
  /** The options of the RedisBus. @default the library's */
  readonly redis?: { readonly lifetimeMs: number; readonly timeoutMs: number };
  readonly heartbeatIntervalMs: number;
}

/** A message from the test to a node. */
export type ToNode =
  /** Whether sources publish their first updates only. */
  | { readonly type: "quiet"; readonly isQuiet: boolean }
  | { readonly type: "report"; readonly id: number }
  /** Stop in an orderly way. */
  | { readonly type: "close" };

/** The state of a node. */
export interface NodeReport {
  /** Its topics that have started. */
  readonly topics: readonly {
    readonly topic: string;
    readonly role: "owner" | "follower" | undefined;
    readonly epoch: string;
    readonly offset: number;
  }[];
  /** Whether nothing is left of former topics. */
  readonly isIdle: boolean;
  /** Whether it is connected to Redis. */
  readonly isUp: boolean;
  /** Counts since its start. */
  readonly resyncs: number;
  readonly takeovers: number;
}

/** A message from a node to the test. */
export type FromNode =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "report"; readonly id: number; readonly report: NodeReport }
  /** The engine has logged an error. */
  | { readonly type: "error"; readonly message: string };
