import { type RefObject, useId } from "react";
import { CHART_TYPES, type ChartStyle, type ChartType, INDICATORS } from "./chart-style.js";

interface ChartToolsProps {
  readonly style: ChartStyle;
  readonly onStyle: (style: ChartStyle) => void;
  /** The element that fills the screen. */
  readonly panel: RefObject<HTMLElement | null>;
  /** Lets the user save the bars as a file. */
  readonly onDownload: () => void;
}

/** Selects the type of the chart and its indicators, downloads its bars, and shows it in full screen. */
export function ChartTools({ style, onStyle, panel, onDownload }: ChartToolsProps) {
  const id = useId();
  const toggle = (indicator: ChartStyle["indicators"][number], isShown: boolean) => {
    const others = style.indicators.filter((each) => each !== indicator);
    onStyle({ ...style, indicators: isShown ? [...others, indicator] : others });
  };
  const fullScreen = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void panel.current?.requestFullscreen();
  };
  return (
    <div className="chart-tools">
      <label htmlFor={id} className="visually-hidden">
        Chart type
      </label>
      <select
        id={id}
        value={style.type}
        onChange={({ target }) => onStyle({ ...style, type: target.value as ChartType })}
      >
        {CHART_TYPES.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" popoverTarget={`${id}-indicators`}>
        Indicators
      </button>
      <div id={`${id}-indicators`} popover="auto" className="menu">
        {INDICATORS.map(({ id, name }) => (
          <label key={id} className="check">
            <input
              type="checkbox"
              checked={style.indicators.includes(id)}
              onChange={({ target }) => toggle(id, target.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      <button type="button" aria-label="Download bars as CSV" title="Download bars as CSV" onClick={onDownload}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1v9M4 6.5l4 4 4-4M2 14h12" />
        </svg>
      </button>
      {document.fullscreenEnabled && (
        <button
          type="button"
          data-hotkey="fullscreen"
          aria-label="Full screen"
          title="Full screen"
          onClick={fullScreen}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" />
          </svg>
        </button>
      )}
    </div>
  );
}
