import { useModifyOrder } from "@trading/ws-client/react";
import { useState } from "react";
import { useInstrument } from "../market/use-instruments.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { sentenceOf } from "./confirmation.js";
import { Editor } from "./editor.js";
import { movedOrder } from "./moved-order.js";
import type { OrderMove } from "./use-order-move.js";

interface OrderMoveDialogProps {
  readonly account: string;
  readonly move: OrderMove;
  /** Called when the move is refused, so that the line returns to the order's price. */
  readonly onRefused: () => void;
  readonly onClose: () => void;
}

/** Asks for a confirmation of an order's new price, and sends it. */
export function OrderMoveDialog({ account, move, onRefused, onClose }: OrderMoveDialogProps) {
  const instrument = useInstrument(move.order.symbol);
  const zone = useTimeZone();
  const modifying = useModifyOrder(account);
  // The order as it is in the sentence, whatever the topic sends while the user reads it.
  const [order] = useState(() => movedOrder(move));
  const save = async () => {
    const { status } = await modifying.run(order);
    if (status !== "done") onRefused();
    return status === "done";
  };
  const before = move.order[move.field];
  return (
    <Editor
      title="Change the price of an order"
      isBusy={modifying.status === "pending"}
      error={modifying.error?.message}
      save={save}
      onClose={onClose}
    >
      <p className="wide">
        {sentenceOf(order, instrument, zone)}
        {before !== undefined && <small>Before: {instrument.formatPrice(before)}</small>}
      </p>
    </Editor>
  );
}
