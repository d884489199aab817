import { RESOLUTIONS, type Resolution } from "./resolutions.js";

interface ResolutionSwitchProps {
  readonly value: Resolution;
  /** Resolutions that the symbol has bars for; the others are disabled. */
  readonly available: readonly Resolution[];
  readonly onChange: (value: Resolution) => void;
}

/** Selects a resolution. Radio inputs, so that arrow keys and screen readers treat it as one choice. */
export function ResolutionSwitch({ value, available, onChange }: ResolutionSwitchProps) {
  return (
    <fieldset className="resolutions">
      <legend className="visually-hidden">Resolution</legend>
      {RESOLUTIONS.map(({ id, label, name }) => (
        <label key={id} title={name}>
          <input
            type="radio"
            name="resolution"
            className="visually-hidden"
            value={id}
            aria-label={name}
            checked={id === value}
            disabled={!available.includes(id)}
            onChange={() => onChange(id)}
          />
          <span aria-hidden="true">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
