import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import { limitsOf, type PanelLimits, type PanelName, resizePanel, sizeAfterKey } from "./panel-sizes.js";

interface PanelSeparatorProps {
  readonly name: PanelName;
  /** The name of the panel, for screen readers. */
  readonly label: string;
  /** The id of the panel. */
  readonly controls: string;
}

/** The size of a panel and its limits. */
interface Measure extends PanelLimits {
  readonly size: number;
}

/**
 * The separator in front of a panel, which makes it larger and smaller: with the pointer, and with keys after the ARIA pattern for
 * window splitters. A double click returns the panel to its default size. Narrow screens have none, since their panels are in a column.
 */
export function PanelSeparator({ name, label, controls }: PanelSeparatorProps) {
  const isHorizontal = name === "account";
  const line = useRef<HTMLDivElement>(null);
  const drag = useRef<{ readonly from: number; readonly size: number }>(undefined);
  const restored = useRef(0);
  const [{ size, min, max }, setMeasure] = useState<Measure>({ size: 0, min: 0, max: 0 });

  const measure = useCallback((): Measure => {
    const { width, height } = document.getElementById(controls)?.getBoundingClientRect() ?? new DOMRect();
    const workspace = line.current?.parentElement ?? document.documentElement;
    return { size: Math.round(isHorizontal ? height : width), ...limitsOf(name, workspace) };
  }, [name, controls, isHorizontal]);
  const resize = (next: number | undefined) => {
    resizePanel(name, next);
    setMeasure(measure());
  };

  useEffect(() => {
    const observer = new ResizeObserver(() => setMeasure(measure()));
    for (const element of [document.getElementById(controls), line.current?.parentElement]) {
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, [controls, measure]);

  const onKeyDown = (event: KeyboardEvent) => {
    const now = measure();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = sizeAfterKey(event.key, name, now.size, now, restored.current);
    if (next === undefined) return;
    event.preventDefault();
    if (event.key === "Enter" && next === now.min) restored.current = now.size;
    resize(next);
  };
  const positionOf = ({ clientX, clientY }: PointerEvent) => (isHorizontal ? clientY : clientX);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { from: positionOf(event), size: measure().size };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (drag.current === undefined) return;
    const { from, size } = drag.current;
    // A click without a movement keeps the default size.
    if (from !== positionOf(event)) resize(Math.min(max, Math.max(min, size + from - positionOf(event))));
  };
  const endDrag = () => {
    drag.current = undefined;
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a horizontal rule cannot have the focus
    <div
      ref={line}
      className={`panel-separator panel-separator-${name}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-controls={controls}
      aria-orientation={isHorizontal ? "horizontal" : "vertical"}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuetext={`${size} pixels`}
      title="Drag, or use the arrow keys. Double-click for the default size."
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={endDrag}
      onPointerCancel={endDrag}
      onDoubleClick={() => resize(undefined)}
    />
  );
}
