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
      const boxes = handles.map((handle) => ({
        y: view.yOf(Number(handle.getAttribute("aria-valuenow"))),
        width: handle.offsetWidth,
      }));
      const places = placeHandles(
        boxes.map(({ y = 0, width }) => ({ y, width })),
        view.paneHeight,
      );
      for (const [index, handle] of handles.entries()) {
        const { y, right, isOutside } = places[index] as (typeof places)[number];
        handle.style.visibility = boxes[index]?.y === undefined ? "hidden" : "visible";
        handle.style.top = `${y}px`;
        handle.style.right = `${view.axisWidth + right}px`;
        handle.classList.toggle("outside", isOutside);
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
