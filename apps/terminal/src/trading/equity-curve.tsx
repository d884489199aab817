import { formatMoney } from "../format.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import type { EquityPoint } from "./use-equity-history.js";

interface EquityCurveProps {
  readonly points: readonly EquityPoint[];
  readonly error: Error | undefined;
}

const WIDTH = 1_000;
const HEIGHT = 200;

/** Draws the account's equity as a curve, green if it has increased. */
export function EquityCurve({ points, error }: EquityCurveProps) {
  const zone = useTimeZone();
  const first = points[0];
  const last = points.at(-1);
  if (error) return <p className="panel-note">{error.message}</p>;
  if (!first || !last) return <p className="panel-note">Loading…</p>;
  const values = points.map(({ equity }) => equity);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const line = stepPoints(points, low, high).join(" ");
  return (
    <figure className={`equity ${last.equity >= first.equity ? "up" : "down"}`}>
      <figcaption>
        <span>
          {zone.formatTime(first.time)} · {formatMoney(first.equity)}
        </span>
        <span>
          Low {formatMoney(low)} · High {formatMoney(high)}
        </span>
        <span>
          {zone.formatTime(last.time)} ({zone.name}) · <strong>{formatMoney(last.equity)}</strong>
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />
        <polyline points={line} />
      </svg>
    </figure>
  );
}

/** Returns the points of a step line, because the equity stays constant until the next change. */
function stepPoints(points: readonly EquityPoint[], low: number, high: number): readonly string[] {
  const from = points[0]?.time ?? 0;
  const spanMs = Math.max((points.at(-1)?.time ?? 0) - from, 1);
  const x = (time: number) => (points.length === 1 ? WIDTH : ((time - from) / spanMs) * WIDTH).toFixed(1);
  const y = (equity: number) =>
    (high === low ? HEIGHT / 2 : HEIGHT - ((equity - low) / (high - low)) * HEIGHT).toFixed(1);
  return points.flatMap(({ time, equity }, index) => {
    const before = points[index - 1];
    return [before ? `${x(time)},${y(before.equity)}` : `0,${y(equity)}`, `${x(time)},${y(equity)}`];
  });
}
