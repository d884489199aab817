import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { useInstrument } from "../market/use-instruments.js";
import { useServices } from "../page/services.js";
import { Editor } from "./editor.js";
import { NumberField, numberOf } from "./number-field.js";
import { useRequest } from "./use-request.js";

interface BracketEditorProps {
  readonly account: string;
  readonly position: Position;
  readonly onClose: () => void;
}

/** Sets the take profit and the stop loss of a position. */
export function BracketEditor({ account, position, onClose }: BracketEditorProps) {
  const { rest } = useServices();
  const { isBusy, error, run } = useRequest();
  const instrument = useInstrument(position.symbol);
  const [takeProfit, setTakeProfit] = useState("");
  const [stopLoss, setStopLoss] = useState("");
  const brackets = () => {
    const entries = Object.entries({ takeProfit: numberOf(takeProfit), stopLoss: numberOf(stopLoss) });
    return Object.fromEntries(entries.filter(([, price]) => price !== undefined));
  };
  return (
    <Editor
      title={`Take profit and stop loss for ${position.symbol}`}
      isBusy={isBusy}
      error={error}
      save={() => run((signal) => rest.editPositionBrackets(account, position.id, brackets(), signal))}
      onClose={onClose}
    >
      <NumberField
        label="Take profit"
        value={takeProfit}
        step={instrument.priceStep}
        isRequired={false}
        onChange={setTakeProfit}
      />
      <NumberField
        label="Stop loss"
        value={stopLoss}
        step={instrument.priceStep}
        isRequired={false}
        onChange={setStopLoss}
      />
      <p className="hint">Replaces the current take profit and stop loss. Leave a field empty to remove it.</p>
    </Editor>
  );
}
