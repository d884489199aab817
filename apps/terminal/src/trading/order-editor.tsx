import { useModifyOrder } from "@trading/ws-client/react";
import type { Order } from "@trading/ws-client/rest";
import { useState } from "react";
import { useInstrument } from "../market/use-instruments.js";
import { orderOf } from "./draft.js";
import { Editor } from "./editor.js";
import { type PlacedOrder, pricesOf, SIDE, typeName } from "./labels.js";
import { NumberField } from "./number-field.js";

interface OrderEditorProps {
  readonly account: string;
  readonly order: PlacedOrder;
  readonly onClose: () => void;
}

/** Changes the quantity and the prices of a working order. */
export function OrderEditor({ account, order, onClose }: OrderEditorProps) {
  const modifying = useModifyOrder(account);
  const instrument = useInstrument(order.symbol);
  const has = pricesOf(order.type);
  const [qty, setQty] = useState(String(order.qty));
  const [limitPrice, setLimitPrice] = useState(textOf(order.limitPrice));
  const [stopPrice, setStopPrice] = useState(textOf(order.stopPrice));
  const [takeProfit, setTakeProfit] = useState(textOf(order.takeProfit));
  const [stopLoss, setStopLoss] = useState(textOf(order.stopLoss));
  const changed = (): Order => {
    const { id, status, side, type } = order;
    const draft = { side, type, qty, limitPrice, stopPrice, takeProfit, stopLoss };
    return { ...orderOf(order.symbol, draft), id, status };
  };
  return (
    <Editor
      title={`${SIDE[order.side]} ${typeName(order.type).toLowerCase()} order, ${order.symbol}`}
      isBusy={modifying.status === "pending"}
      error={modifying.error?.message}
      save={async () => (await modifying.run(changed())).status === "done"}
      onClose={onClose}
    >
      <NumberField label="Quantity" value={qty} step={instrument.qtyStep} onChange={setQty} />
      {has.stop && (
        <NumberField label="Stop price" value={stopPrice} step={instrument.priceStep} onChange={setStopPrice} />
      )}
      {has.limit && (
        <NumberField label="Limit price" value={limitPrice} step={instrument.priceStep} onChange={setLimitPrice} />
      )}
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
    </Editor>
  );
}

function textOf(price: number | undefined): string {
  return price === undefined ? "" : String(price);
}
