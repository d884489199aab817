import type { Side } from "@trading/ws-client/rest";
import { SIDE } from "./labels.js";

interface SideSwitchProps {
  readonly value: Side;
  /** The current bid; undefined if unknown. */
  readonly bid: string | undefined;
  /** The current ask; undefined if unknown. */
  readonly ask: string | undefined;
  readonly onChange: (side: Side) => void;
}

/** Selects the side of an order. Radio inputs, because it is one choice. */
export function SideSwitch({ value, bid, ask, onChange }: SideSwitchProps) {
  const sides = [
    { side: -1, price: bid },
    { side: 1, price: ask },
  ] as const;
  return (
    <fieldset className="sides">
      <legend className="visually-hidden">Side</legend>
      {sides.map(({ side, price }) => (
        <label key={side} className={side === 1 ? "buy" : "sell"}>
          <input
            type="radio"
            name="side"
            className="visually-hidden"
            checked={side === value}
            aria-label={SIDE[side]}
            onChange={() => onChange(side)}
          />
          <span aria-hidden="true">
            <strong>{SIDE[side]}</strong>
            <small>{price ?? "–"}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
