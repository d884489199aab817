import { useAccount } from "@trading/ws-client/react";
import { quantityOfShare } from "./sizing.js";

const SHARES = [0.1, 0.25, 0.5, 1];

interface ShareButtonsProps {
  readonly account: string;
  /** The price that the order is expected to get; undefined if unknown. */
  readonly price: number | undefined;
  readonly qtyStep: number;
  readonly onQty: (qty: string) => void;
}

/** Sets the quantity that a part of the available margin buys. */
export function ShareButtons({ account, price, qtyStep, onQty }: ShareButtonsProps) {
  const { value: state } = useAccount({ accountId: account });
  return (
    <fieldset className="shares">
      <legend className="visually-hidden">Part of the available margin</legend>
      {SHARES.map((share) => (
        <button
          key={share}
          type="button"
          disabled={state === undefined || price === undefined}
          onClick={() => {
            if (state === undefined || price === undefined) return;
            const { marginAvailable: available, leverage } = state;
            onQty(String(quantityOfShare(share, { available, leverage, price, qtyStep })));
          }}
        >
          {share * 100}%
        </button>
      ))}
    </fieldset>
  );
}
