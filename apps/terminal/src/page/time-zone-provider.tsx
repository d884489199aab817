import { createContext, type ReactNode, useCallback, useContext, useId, useMemo, useState } from "react";
import {
  loadZoneChoice,
  saveZoneChoice,
  type TimeZone,
  timeZoneOf,
  UTC,
  ZONE_CHOICES,
  type ZoneChoice,
} from "./time-zone.js";

interface TimeZoneState {
  readonly zone: TimeZone;
  readonly choice: ZoneChoice;
  readonly exchange: string;
  select(choice: ZoneChoice): void;
}

const TimeZoneContext = createContext<TimeZoneState>({ zone: UTC, choice: "utc", exchange: "UTC", select() {} });

interface TimeZoneProviderProps {
  /** The time zone of the selected symbol's exchange. */
  readonly exchange: string;
  readonly children: ReactNode;
}

/** Provides one time zone to all parts of the page. The choice is remembered. */
export function TimeZoneProvider({ exchange, children }: TimeZoneProviderProps) {
  const [choice, setChoice] = useState(loadZoneChoice);
  const select = useCallback((next: ZoneChoice) => {
    saveZoneChoice(next);
    setChoice(next);
  }, []);
  const state = useMemo(
    () => ({ zone: timeZoneOf(choice, exchange), choice, exchange, select }),
    [choice, exchange, select],
  );
  return <TimeZoneContext value={state}>{children}</TimeZoneContext>;
}

/** Returns the time zone of all times on the page. */
export function useTimeZone(): TimeZone {
  return useContext(TimeZoneContext).zone;
}

/** Selects the time zone of the page. */
export function TimeZoneSwitch() {
  const { choice, exchange, select } = useContext(TimeZoneContext);
  const id = useId();
  const labels: Record<ZoneChoice, string> = {
    exchange: `Exchange: ${timeZoneOf("exchange", exchange).name}`,
    local: `Local: ${timeZoneOf("local", exchange).name}`,
    utc: "UTC",
  };
  return (
    <p className="time-zone">
      <label htmlFor={id} className="visually-hidden">
        Time zone
      </label>
      <select id={id} value={choice} onChange={({ target }) => select(target.value as ZoneChoice)}>
        {ZONE_CHOICES.map((each) => (
          <option key={each} value={each}>
            {labels[each]}
          </option>
        ))}
      </select>
    </p>
  );
}
