import type { ReactNode } from "react";
import { useRequest } from "./use-request.js";

interface RowButtonProps {
  readonly request: (signal: AbortSignal) => Promise<unknown>;
  readonly children: ReactNode;
}

/** A table button that sends a request and shows its error. */
export function RowButton({ request, children }: RowButtonProps) {
  const { isBusy, error, run } = useRequest();
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void run(request)}>
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
