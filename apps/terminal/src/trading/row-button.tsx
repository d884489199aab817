import type { ReactNode } from "react";
import { useRequest } from "./use-request.js";

interface RowButtonProps {
  readonly request: (signal: AbortSignal) => Promise<unknown>;
  readonly children: ReactNode;
}

/** A button of a table's row that asks the server for something, and says where it is refused. */
export function RowButton({ request, children }: RowButtonProps) {
  const { isBusy, fault, run } = useRequest();
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void run(request)}>
        {children}
      </button>
      {fault !== undefined && (
        <span className="row-fault" role="alert">
          {fault}
        </span>
      )}
    </>
  );
}
