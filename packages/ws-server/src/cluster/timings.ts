/** Durations of a cluster in milliseconds. Tests and fast networks can shorten them, all nodes alike. */
export interface ClusterTimings {
  /** Age of the last sign of an owner after which its followers no longer call their topics live. @default 5_000 */
  readonly staleMs: number;
  /** Interval of a follower's signs of life. @default 1_000 */
  readonly aliveMs: number;
  /** Time without a sign of life after which an owner forgets a follower. @default 10_000 */
  readonly interestMs: number;
  /** Interval at which a request without a reply is repeated. @default 500 */
  readonly retryMs: number;
  /** Time limit for an answer about claims. @default 1_500 */
  readonly answerMs: number;
  /**
   * Time between the two looks at an owner before it counts as dead: longer than a node needs to connect again. A killed owner
   * is noticed after at most 1.25 `aliveMs`, this time, and two ticks. @default 750
   */
  readonly graceMs: number;
  /** Time for owners to claim their topics again after claims were lost, before others do. @default 2_000 */
  readonly holdMs: number;
  /** Time to look for a node that may own a topic, before its subscriptions fail. @default 2_000 */
  readonly ownerMs: number;
  /** Interval at which an owner verifies its claims. @default 60_000 */
  readonly verifyMs: number;
}

export const DEFAULT_TIMINGS: ClusterTimings = {
  staleMs: 5_000,
  aliveMs: 1_000,
  interestMs: 10_000,
  retryMs: 500,
  answerMs: 1_500,
  graceMs: 750,
  holdMs: 2_000,
  ownerMs: 2_000,
  verifyMs: 60_000,
};

/** Interval at which deadlines are checked. */
export const TICK_MS = 250;
