import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { useInstrument } from "../market/use-instruments.js";
import { useServices } from "../page/services.js";
import { Editor } from "./editor.js";
import { NumberField } from "./number-field.js";

interface CloseEditorProps {
  readonly account: string;
  readonly position: Position;
  readonly onClose: () => void;
}

/** Closes part of a position with a market order. */
export function CloseEditor({ account, position, onClose }: CloseEditorProps) {
  const { rest } = useServices();
  const instrument = useInstrument(position.symbol);
  const [amount, setAmount] = useState(String(position.qty));
  return (
    <Editor
      title={`Reduce ${position.symbol} position`}
      request={(signal) => rest.closePosition(account, position.id, Number(amount), signal)}
      onClose={onClose}
    >
      <NumberField label="Quantity to close" value={amount} step={instrument.qtyStep} onChange={setAmount} />
    </Editor>
  );
}
