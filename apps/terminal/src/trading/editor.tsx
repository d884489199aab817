import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { useRequest } from "./use-request.js";

interface EditorProps {
  readonly title: string;
  readonly request: (signal: AbortSignal) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that sends a request: it closes on success and shows the error otherwise. */
export function Editor({ title, request, onClose, children }: EditorProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { isBusy, error, run } = useRequest();
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(request)) onClose();
  };
  return (
    <dialog ref={dialog} className="editor" aria-label={title} onCancel={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        <div className="fields">{children}</div>
        {error !== undefined && (
          <p className="form-error" role="alert">
            {error}
          </p>
        )}
        <div className="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={isBusy}>
            Save
          </button>
        </div>
      </form>
    </dialog>
  );
}
