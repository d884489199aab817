import type { OrderPreviewResult, Side } from "@trading/ws-client/rest";
import { useEffect, useRef } from "react";
import { SIDE } from "./labels.js";

interface OrderPreviewProps {
  readonly preview: OrderPreviewResult;
  /** The order in one sentence. */
  readonly sentence: string;
  readonly side: Side;
  readonly isBusy: boolean;
  readonly onPlace: () => void;
  readonly onBack: () => void;
}

/** Shows the broker's preview of an order, and places it. */
export function OrderPreview({ preview, sentence, side, isBusy, onPlace, onBack }: OrderPreviewProps) {
  const { sections, warnings = [], errors = [] } = preview;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="preview">
      <p className="preview-sentence">{sentence}</p>
      {sections.map(({ header, rows }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <section key={index}>
          {header !== undefined && <h3>{header}</h3>}
          <dl>
            {rows.map(({ title, value }) => (
              <div key={title}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {[...errors, ...warnings].map((text) => (
        <p key={text} className="form-error" role="alert">
          {text}
        </p>
      ))}
      <div className="buttons">
        <button type="button" data-hotkey="back" onClick={onBack}>
          Back
        </button>
        <button
          type="button"
          ref={button}
          className={`primary ${side === 1 ? "buy" : "sell"}`}
          disabled={isBusy || errors.length > 0}
          onClick={onPlace}
        >
          Place {SIDE[side].toLowerCase()} order
        </button>
      </div>
    </div>
  );
}
