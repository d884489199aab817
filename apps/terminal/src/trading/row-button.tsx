import { useCancelOrder, useClosePosition } from "@trading/ws-client/react";
import type { ReactNode } from "react";

interface RowButtonProps {
  readonly isBusy: boolean;
  readonly error: string | undefined;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** A table button that sends a command and shows its error. */
function RowButton({ isBusy, error, onClick, children }: RowButtonProps) {
  return (
    <>
      <button type="button" disabled={isBusy} onClick={onClick}>
        {children}
      </button>
      {error !== undefined && (
        <span className="row-error" role="alert">
          {error}
        </span>
      )}
    </>
  );
}

/** Cancels a working order. */
export function CancelButton({ account, orderId }: { readonly account: string; readonly orderId: string }) {
  const { status, error, run } = useCancelOrder(account);
  return (
    <RowButton isBusy={status === "pending"} error={error?.message} onClick={() => void run(orderId)}>
      Cancel
    </RowButton>
  );
}

/** Closes a whole position. */
export function CloseButton({ account, positionId }: { readonly account: string; readonly positionId: string }) {
  const { status, error, run } = useClosePosition(account);
  return (
    <RowButton isBusy={status === "pending"} error={error?.message} onClick={() => void run({ positionId })}>
      Close
    </RowButton>
  );
}
