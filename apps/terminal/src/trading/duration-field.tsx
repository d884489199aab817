import { useId, useState } from "react";
import { useTimeZone } from "../page/time-zone-provider.js";
import { timeOfWall, wallTimeOf } from "../page/wall-time.js";
import type { Draft } from "./draft.js";
import { durationFor, durationsOf, suggestedExpiry, type TimeInForce } from "./durations.js";

interface DurationFieldProps {
  readonly draft: Draft;
  readonly onChange: (change: Pick<Draft, "duration" | "expiresAt">) => void;
}

/** Selects how long an order works, and its expiry if it works until a date. */
export function DurationField({ draft: { type, duration = "GTC", expiresAt }, onChange }: DurationFieldProps) {
  const id = useId();
  const zone = useTimeZone();
  /** The typed text: a year has digits that are not typed yet, which another text for the same time would replace. */
  const [typed, setTyped] = useState({ text: "", expiresAt, zone });
  const isTyped = typed.expiresAt === expiresAt && typed.zone === zone && typed.text !== "";
  const enter = (text: string) => {
    const time = timeOfWall(text, zone);
    setTyped({ text, expiresAt: time, zone });
    onChange({ duration: "GTD", expiresAt: time });
  };
  const selected = durationFor(type, duration);
  const select = (next: TimeInForce) =>
    onChange({ duration: next, expiresAt: next === "GTD" ? (expiresAt ?? suggestedExpiry(Date.now())) : expiresAt });
  return (
    <>
      <div className="field">
        <label htmlFor={id}>In force</label>
        <select id={id} value={selected} onChange={({ target }) => select(target.value as TimeInForce)}>
          {durationsOf(type).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {selected === "GTD" && (
        <div className="field expiry">
          <label htmlFor={`${id}-expiry`}>Expires ({zone.name})</label>
          <input
            id={`${id}-expiry`}
            type="datetime-local"
            required
            value={isTyped ? typed.text : expiresAt === undefined ? "" : wallTimeOf(expiresAt, zone)}
            onChange={({ target }) => enter(target.value)}
          />
        </div>
      )}
    </>
  );
}
