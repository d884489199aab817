import { useState } from "react";
import { NumberField } from "./number-field.js";
import { amountOf, quantityOfAmount } from "./sizing.js";

interface AmountFieldProps {
  /** The typed quantity. */
  readonly qty: string;
  /** The price that the order is expected to get; undefined if unknown. */
  readonly price: number | undefined;
  readonly qtyStep: number;
  readonly currency: string;
  readonly onQty: (qty: string) => void;
}

/** The value of the order: follows the quantity, and sets it when the user types. */
export function AmountField({ qty, price, qtyStep, currency, onQty }: AmountFieldProps) {
  /** The typed amount and its quantity: it is shown until the quantity is changed elsewhere. */
  const [typed, setTyped] = useState<{ readonly text: string; readonly qty: string }>();
  const value = price === undefined || qty === "" ? "" : String(amountOf(Number(qty), price));
  const change = (text: string) => {
    const next = price === undefined ? 0 : quantityOfAmount(Number(text), price, qtyStep);
    const nextQty = next === 0 ? "" : String(next);
    setTyped({ text, qty: nextQty });
    onQty(nextQty);
  };
  return (
    <NumberField
      label={currency === "" ? "Amount" : `Amount (${currency})`}
      value={typed?.qty === qty ? typed.text : value}
      step={0.01}
      min={0}
      isRequired={false}
      onChange={change}
    />
  );
}
