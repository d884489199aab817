import { equity } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useState } from "react";

/** The equity of an account at a time. */
export interface EquityPoint {
  /** Unix milliseconds. */
  readonly time: number;
  readonly equity: number;
}

/** More points would not be distinguishable on a screen. */
const MAX_POINTS = 1_000;

/** Returns the equity of an account since the component was mounted, oldest first. */
export function useEquityHistory(account: string) {
  const [points, setPoints] = useState<readonly EquityPoint[]>([]);
  const { error } = useTopicEvents(equity, { accountId: account }, (update) =>
    setPoints((before) => appended(before, { time: Date.now(), equity: update.equity })),
  );
  return { points, error };
}

/** Appends a point. While the equity is constant only the end point moves, so that the curve continues to the present. */
function appended(points: readonly EquityPoint[], point: EquityPoint): readonly EquityPoint[] {
  const [before, last] = points.slice(-2);
  const isConstant = points.length > 1 && before?.equity === point.equity && last?.equity === point.equity;
  return [...(isConstant ? points.slice(0, -1) : points), point].slice(-MAX_POINTS);
}
