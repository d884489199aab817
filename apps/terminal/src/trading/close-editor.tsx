import { useClosePosition } from "@trading/ws-client/react";
import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { useInstrument } from "../market/use-instruments.js";
import { Editor } from "./editor.js";
import { NumberField } from "./number-field.js";

interface CloseEditorProps {
  readonly account: string;
  readonly position: Position;
  readonly onClose: () => void;
}

/** Closes part of a position with a market order. */
export function CloseEditor({ account, position, onClose }: CloseEditorProps) {
  const closing = useClosePosition(account);
  const instrument = useInstrument(position.symbol);
  const [amount, setAmount] = useState(String(position.qty));
  return (
    <Editor
      title={`Reduce ${position.symbol} position`}
      isBusy={closing.status === "pending"}
      error={closing.error?.message}
      save={async () => (await closing.run({ positionId: position.id, amount: Number(amount) })).status === "done"}
      onClose={onClose}
    >
      <NumberField label="Quantity to close" value={amount} step={instrument.qtyStep} onChange={setAmount} />
    </Editor>
  );
}
