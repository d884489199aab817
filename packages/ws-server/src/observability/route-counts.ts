/** Cumulative counts of a route's topics since the server started. */
export interface RouteCounts {
  /** Published updates. */
  published: number;
  /** Updates dropped when published: they did not match the route's schema, or their topic was not running. */
  dropped: number;
  /** Updates passed to a connection, counted per connection. */
  delivered: number;
  /** Updates conflated for a connection: superseded by a later one before it had room. */
  conflated: number;
}

export function newRouteCounts(): RouteCounts {
  return { published: 0, dropped: 0, delivered: 0, conflated: 0 };
}
