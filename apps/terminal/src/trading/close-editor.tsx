import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { useSteps } from "../market/use-steps.js";
import { useDesk } from "../page/desk.js";
import { Editor } from "./editor.js";
import { NumberField } from "./number-field.js";

interface CloseEditorProps {
  readonly account: string;
  readonly position: Position;
  readonly onClose: () => void;
}

/** Closes a part of a position at the market. */
export function CloseEditor({ account, position, onClose }: CloseEditorProps) {
  const { rest } = useDesk();
  const steps = useSteps(position.symbol);
  const [amount, setAmount] = useState(String(position.qty));
  return (
    <Editor
      title={`Reduce the position in ${position.symbol}`}
      request={(signal) => rest.closePosition(account, position.id, Number(amount), signal)}
      onClose={onClose}
    >
      <NumberField label="Quantity to close" value={amount} step={steps.qty} onChange={setAmount} />
    </Editor>
  );
}
