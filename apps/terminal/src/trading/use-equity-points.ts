import { equity } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useState } from "react";

/** What an account was worth at a moment. */
export interface EquityPoint {
  /** Unix milliseconds. */
  readonly time: number;
  readonly equity: number;
}

/** More would not be told apart on a screen. */
const MAX_POINTS = 1_000;

/** What the account was worth since the page was opened, oldest first; or why nobody says. */
export function useEquityPoints(account: string) {
  const [points, setPoints] = useState<readonly EquityPoint[]>([]);
  const { error } = useTopicEvents(equity, { accountId: account }, (update) =>
    setPoints((before) => withPoint(before, { time: Date.now(), equity: update.equity })),
  );
  return { points, error };
}

/** A worth that stands is one point, however often it is told; the last one, so that the curve goes on to now. */
function withPoint(points: readonly EquityPoint[], point: EquityPoint): readonly EquityPoint[] {
  const [before, last] = points.slice(-2);
  const stands = points.length > 1 && before?.equity === point.equity && last?.equity === point.equity;
  return [...(stands ? points.slice(0, -1) : points), point].slice(-MAX_POINTS);
}
