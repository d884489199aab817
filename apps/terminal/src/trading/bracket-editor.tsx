import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { useSteps } from "../market/use-steps.js";
import { useDesk } from "../page/desk.js";
import { Editor } from "./editor.js";
import { NumberField, numberOf } from "./number-field.js";

interface BracketEditorProps {
  readonly account: string;
  readonly position: Position;
  readonly onClose: () => void;
}

/** Sets the prices at which a position is closed by itself; an empty one takes that price away. */
export function BracketEditor({ account, position, onClose }: BracketEditorProps) {
  const { rest } = useDesk();
  const steps = useSteps(position.symbol);
  const [takeProfit, setTakeProfit] = useState("");
  const [stopLoss, setStopLoss] = useState("");
  const brackets = () => {
    const given = Object.entries({ takeProfit: numberOf(takeProfit), stopLoss: numberOf(stopLoss) });
    return Object.fromEntries(given.filter(([, price]) => price !== undefined));
  };
  return (
    <Editor
      title={`Take profit and stop loss, ${position.symbol}`}
      request={(signal) => rest.editPositionBrackets(account, position.id, brackets(), signal)}
      onClose={onClose}
    >
      <NumberField
        label="Take profit"
        value={takeProfit}
        step={steps.price}
        isRequired={false}
        onChange={setTakeProfit}
      />
      <NumberField label="Stop loss" value={stopLoss} step={steps.price} isRequired={false} onChange={setStopLoss} />
      <p className="hint">They take the place of what protects the position now; an empty one takes that away.</p>
    </Editor>
  );
}
