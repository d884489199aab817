/** What a route's topics have done since the server started. Each only grows. */
export interface RouteCounts {
  /** Updates that sources and applications have published. */
  published: number;
  /** Updates dropped on publishing: against the route's schema, or for a topic that no longer ran. */
  dropped: number;
  /** Updates handed to a connection, one for each connection. */
  delivered: number;
  /** Updates a connection was spared, because a later one of the same key came before it had room. */
  conflated: number;
}

export function newRouteCounts(): RouteCounts {
  return { published: 0, dropped: 0, delivered: 0, conflated: 0 };
}
