import { type ReactNode, useId } from "react";

interface NumberFieldProps {
  readonly label: string;
  /** The typed text. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly step: number;
  readonly min?: number;
  readonly isRequired?: boolean;
  /** Name by which a key finds the input. @default none */
  readonly hotkey?: string;
  readonly children?: ReactNode;
}

/** A labeled number input. */
export function NumberField({
  label,
  value,
  onChange,
  step,
  min = step,
  isRequired = true,
  hotkey,
  children,
}: NumberFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        value={value}
        min={min}
        step={step}
        required={isRequired}
        data-hotkey={hotkey}
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
    </div>
  );
}

/** Parses typed text; undefined if it is empty. */
export function numberOf(value: string): number | undefined {
  return value.trim() === "" ? undefined : Number(value);
}
