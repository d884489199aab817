import { useId, useLayoutEffect, useRef } from "react";
import type { Instrument } from "../market/instrument.js";
import type { ChartView, PriceLine } from "./chart-view.js";
import { placeHandles } from "./handle-places.js";
import { LineHandle } from "./line-handle.js";

interface LineHandlesProps {
  readonly view: ChartView;
  readonly lines: readonly PriceLine[];
  readonly instrument: Instrument;
}

/** The handles of the lines that can be moved. */
export function LineHandles({ view, lines, instrument }: LineHandlesProps) {
  const container = useRef<HTMLDivElement>(null);
  const id = useId();
  const movable = lines.filter(({ onMove }) => onMove !== undefined);
  useLayoutEffect(() => {
    let frame = 0;
    const place = () => {
      frame = 0;
      const handles = [...(container.current?.querySelectorAll<HTMLElement>(".line-handle") ?? [])];
      const lines = handles.map((handle) => view.yOf(Number(handle.getAttribute("aria-valuenow"))));
      const height = view.paneHeight;
      // First, because a handle at an edge shows its price and is wider.
      for (const [index, handle] of handles.entries()) {
        const y = lines[index];
        handle.style.visibility = y === undefined ? "hidden" : "visible";
        handle.classList.toggle("outside", y !== undefined && (y < 0 || y > height));
      }
      const places = placeHandles(
        handles.map(({ offsetWidth }, index) => ({ y: lines[index] ?? 0, width: offsetWidth })),
        height,
      );
      for (const [index, handle] of handles.entries()) {
        const { y, right } = places[index] as (typeof places)[number];
        handle.style.top = `${y}px`;
        handle.style.right = `${view.axisWidth + right}px`;
      }
    };
    place();
    // The chart reports before it has computed the new scale.
    const stop = view.onLayout(() => {
      frame ||= requestAnimationFrame(place);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  });
  return (
    <div className="line-handles" ref={container}>
      {movable.map((line) => (
        <LineHandle key={line.id} view={view} line={line} instrument={instrument} hintId={id} />
      ))}
      {movable.length > 0 && (
        <p id={id} className="visually-hidden">
          The up and down arrow keys change the price, Enter confirms it, and Escape restores it.
        </p>
      )}
    </div>
  );
}
