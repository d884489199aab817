import { RESOLUTIONS, type Resolution } from "./resolutions.js";

/** One button a resolution; radio inputs, so that arrow keys and screen readers know it is one choice. */
export function ResolutionSwitch({ value, onChange }: { value: Resolution; onChange: (value: Resolution) => void }) {
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
            onChange={() => onChange(id)}
          />
          <span aria-hidden="true">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
