import type { Trade } from "@trading/topic";

/**
 * Joins the trades that a server returned with those of the stream, which overlap: by id, oldest first.
 *
 * @param count maximum number of trades, the newest
 */
export function joinTape(recent: readonly Trade[], live: readonly Trade[], count: number): readonly Trade[] {
  const streamed = new Set(live.map(({ id }) => id));
  const joined = [...recent.filter(({ id }) => !streamed.has(id)), ...live];
  return joined.sort((one, other) => one.time - other.time).slice(-count);
}
