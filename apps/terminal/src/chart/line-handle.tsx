import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from "react";
import type { Instrument } from "../market/instrument.js";
import type { ChartView, PriceLine } from "./chart-view.js";
import { roundToStep } from "./handle-places.js";

/** Steps of one key. */
const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

interface LineHandleProps {
  readonly view: ChartView;
  readonly line: PriceLine;
  readonly instrument: Instrument;
  /** The element that explains the keys. */
  readonly hintId: string;
}

/** Moves a line of the chart, by dragging or with keys. The move is not reported until it is dropped or confirmed. */
export function LineHandle({ view, line, instrument, hintId }: LineHandleProps) {
  const [moved, setMoved] = useState<number>();
  /** The value of `moved` before it is rendered: a busy page gets the event that drops the line before it renders the last move. */
  const latest = useRef<number>(undefined);
  /** Distance of the pointer from the line while it is dragged. */
  const grip = useRef<number>(undefined);
  const { id, title, color, price, onMove } = line;
  const shown = moved ?? price;
  useLayoutEffect(() => {
    if (moved === undefined) return;
    view.movedLine = { id, price: moved };
    return () => {
      view.movedLine = undefined;
    };
  }, [view, id, moved]);

  const topOf = (event: PointerEvent) => (event.currentTarget.parentElement as Element).getBoundingClientRect().top;
  const move = (to: number | undefined) => {
    latest.current = to;
    setMoved(to);
  };
  const end = () => {
    grip.current = undefined;
    move(undefined);
  };
  const confirm = () => {
    const to = latest.current;
    end();
    if (to !== undefined && to !== price) onMove?.(to);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const y = view.yOf(shown);
    if (event.button !== 0 || y === undefined) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    const distance = event.clientY - topOf(event) - y;
    // The handle of a line outside of the chart is at the edge: the line jumps to the pointer.
    grip.current = y < 0 || y > view.paneHeight ? 0 : distance;
  };
  const onPointerMove = (event: PointerEvent) => {
    if (grip.current === undefined) return;
    const y = Math.min(view.paneHeight, Math.max(0, event.clientY - topOf(event) - grip.current));
    const at = view.priceAt(y);
    if (at !== undefined) move(roundToStep(at, instrument.priceStep));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = STEPS[event.key];
    if (steps !== undefined) move(roundToStep(shown + steps * instrument.priceStep, instrument.priceStep));
    else if (event.key === "Enter" && moved !== undefined) confirm();
    else if (event.key === "Escape" && (moved !== undefined || grip.current !== undefined)) end();
    else return;
    event.preventDefault();
  };
  return (
    <div
      className={`line-handle ${color}`}
      role="slider"
      tabIndex={0}
      aria-label={title}
      aria-describedby={hintId}
      aria-orientation="vertical"
      // A slider needs bounds, which prices do not have.
      aria-valuemin={Math.min(0, 2 * shown)}
      aria-valuemax={Math.max(0, 2 * shown)}
      aria-valuenow={shown}
      aria-valuetext={instrument.formatPrice(shown)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => grip.current !== undefined && confirm()}
      onPointerCancel={end}
      onKeyDown={onKeyDown}
      onBlur={() => grip.current === undefined && move(undefined)}
    >
      <span aria-hidden="true">⠿</span>
      {title}
      <b className={moved === undefined ? "far" : ""}>{instrument.formatPrice(shown)}</b>
    </div>
  );
}
