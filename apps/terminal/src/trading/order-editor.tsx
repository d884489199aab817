import type { Order } from "@trading/ws-client/rest";
import { useState } from "react";
import { useSteps } from "../market/use-steps.js";
import { useDesk } from "../page/desk.js";
import { orderOf } from "./draft.js";
import { Editor } from "./editor.js";
import { NumberField } from "./number-field.js";
import { type PlacedOrder, pricesOf, SIDE, typeName } from "./words.js";

interface OrderEditorProps {
  readonly account: string;
  readonly order: PlacedOrder;
  readonly onClose: () => void;
}

/** Changes a working order's quantity and prices. */
export function OrderEditor({ account, order, onClose }: OrderEditorProps) {
  const { rest } = useDesk();
  const steps = useSteps(order.symbol);
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
      request={(signal) => rest.modifyOrder(account, changed(), signal)}
      onClose={onClose}
    >
      <NumberField label="Quantity" value={qty} step={steps.qty} onChange={setQty} />
      {has.stop && <NumberField label="Stop price" value={stopPrice} step={steps.price} onChange={setStopPrice} />}
      {has.limit && <NumberField label="Limit price" value={limitPrice} step={steps.price} onChange={setLimitPrice} />}
      <NumberField
        label="Take profit"
        value={takeProfit}
        step={steps.price}
        isRequired={false}
        onChange={setTakeProfit}
      />
      <NumberField label="Stop loss" value={stopLoss} step={steps.price} isRequired={false} onChange={setStopLoss} />
    </Editor>
  );
}

function textOf(price: number | undefined): string {
  return price === undefined ? "" : String(price);
}
