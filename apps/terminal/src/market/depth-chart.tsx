import { useOrderbook } from "@trading/ws-client/react";
import { type PointerEvent, useId, useState } from "react";
import { roundToStep } from "../chart/handle-places.js";
import { formatQuantity, formatVolume } from "../format.js";
import { areaOf, type DepthCurve, depthAt, depthCurve } from "./depth-curve.js";
import type { Instrument } from "./instrument.js";
import { useInstrument } from "./use-instruments.js";

/** The offered numbers of levels of each side. */
const LEVELS = [25, 50, 100, 200];
/** Steps of the slider across the chart. */
const STEPS = 200;

interface DepthChartProps {
  readonly symbol: string;
  /** Called with a selected price and the side of an order against it. */
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

/** Draws the cumulative quantities of the order book, and what can be traded at a selected price or better. */
export function DepthChart({ symbol, onPrice }: DepthChartProps) {
  const [levels, setLevels] = useState(LEVELS[1] as number);
  const { value: book, status, error } = useOrderbook({ symbol, depth: levels });
  const instrument = useInstrument(symbol);
  // The selected place stays while prices move, as the pointer does.
  const [place, setPlace] = useState(STEPS / 4);
  const id = useId();
  if (error) return <p className="panel-note">{error.message}</p>;
  const curve = book && depthCurve(book);
  const { formatPrice, priceStep } = instrument;
  const price = curve && roundToStep(curve.low + ((curve.high - curve.low) * place) / STEPS, priceStep);
  const text = curve && price !== undefined ? textAt(curve, price, instrument) : "";
  const side = curve && price !== undefined ? depthAt(curve, price).side : undefined;
  const onPointerMove = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setPlace(Math.round(Math.min(1, Math.max(0, (clientX - left) / width)) * STEPS));
  };
  return (
    <div className={status !== "live" && book ? "depth-chart stale" : "depth-chart"}>
      <p className="depth-levels">
        <span>{curve ? `Up to ${formatVolume(curve.maxSum)}` : ""}</span>
        <label htmlFor={`${id}-levels`}>Levels</label>
        <select id={`${id}-levels`} value={levels} onChange={({ target }) => setLevels(Number(target.value))}>
          {LEVELS.map((count) => (
            <option key={count}>{count}</option>
          ))}
        </select>
      </p>
      <div className="depth-plot" onPointerMove={onPointerMove} onPointerDown={onPointerMove}>
        {curve ? (
          <>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
              <polygon className="bids" points={areaOf(curve, "bids")} />
              <polygon className="asks" points={areaOf(curve, "asks")} />
            </svg>
            <span className="depth-cursor" style={{ left: `${(place / STEPS) * 100}%` }} />
          </>
        ) : (
          <p className="panel-note">{book ? "A side of the order book is empty." : "Loading order book…"}</p>
        )}
      </div>
      <p className="depth-axis" aria-hidden="true">
        <span>{curve && formatPrice(roundToStep(curve.low, priceStep))}</span>
        <span>{curve && formatPrice(roundToStep((curve.low + curve.high) / 2, priceStep))}</span>
        <span>{curve && formatPrice(roundToStep(curve.high, priceStep))}</span>
      </p>
      <input
        type="range"
        aria-label="Price on the depth chart"
        aria-valuetext={text}
        min={0}
        max={STEPS}
        value={place}
        disabled={!curve}
        onChange={({ target }) => setPlace(Number(target.value))}
      />
      <p className="depth-text">{text}</p>
      <button
        type="button"
        disabled={side === undefined}
        onClick={() => price !== undefined && onPrice(price, side === "bids" ? -1 : 1)}
      >
        {side === undefined || price === undefined
          ? "Use as limit price"
          : `${side === "bids" ? "Sell" : "Buy"} with limit ${formatPrice(price)}`}
      </button>
    </div>
  );
}

/** Describes what can be traded: `Sell 1,250 down to 160.50, at 160.61 on average`. */
function textAt(curve: DepthCurve, price: number, { formatPrice, inputText, digits }: Instrument): string {
  const { side, qty, average } = depthAt(curve, price);
  if (side === undefined || average === undefined) return `Nothing to trade at ${formatPrice(price)}.`;
  const action = side === "bids" ? "Sell" : "Buy";
  const direction = side === "bids" ? "down" : "up";
  const mean = formatPrice(Number(Number(inputText(average)).toFixed(digits)));
  return `${action} ${formatQuantity(qty)} ${direction} to ${formatPrice(price)}, at ${mean} on average.`;
}
