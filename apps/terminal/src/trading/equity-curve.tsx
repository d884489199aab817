import { equity } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useState } from "react";
import { formatMoney, formatTime } from "../format.js";

interface Point {
  readonly time: number;
  readonly equity: number;
}

/** More would not be told apart on a screen. */
const MAX_POINTS = 1_000;
const WIDTH = 1_000;
const HEIGHT = 200;

/** What the account was worth since the page was opened. */
export function EquityCurve({ account }: { readonly account: string }) {
  const [points, setPoints] = useState<readonly Point[]>([]);
  const { error } = useTopicEvents(equity, { accountId: account }, (update) => {
    setPoints((before) => [...before, { time: Date.now(), equity: update.equity }].slice(-MAX_POINTS));
  });
  if (error) return <p className="panel-note">{error.message}</p>;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return <p className="panel-note">Loading…</p>;
  const worths = points.map((point) => point.equity);
  const low = Math.min(...worths);
  const high = Math.max(...worths);
  const spanMs = Math.max(last.time - first.time, 1);
  const place = ({ time, equity }: Point) => {
    const x = ((time - first.time) / spanMs) * WIDTH;
    const y = high === low ? HEIGHT / 2 : HEIGHT - ((equity - low) / (high - low)) * HEIGHT;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  // A step, since it was worth so much until the next change; the last goes on to the right edge.
  const steps = points.flatMap((point, index) => {
    const before = points[index - 1];
    return before ? [place({ ...before, time: point.time }), place(point)] : [place(point)];
  });
  return (
    <figure className={`equity ${last.equity >= first.equity ? "up" : "down"}`}>
      <figcaption>
        <span>
          {formatTime(first.time)} {formatMoney(first.equity)}
        </span>
        <span>
          Low {formatMoney(low)} · High {formatMoney(high)}
        </span>
        <strong>{formatMoney(last.equity)}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={steps.join(" ")} />
      </svg>
    </figure>
  );
}
