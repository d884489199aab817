import { type FormEvent, type ReactNode, useEffect, useRef } from "react";

interface EditorProps {
  readonly title: string;
  readonly isBusy: boolean;
  /** The message of the last failure. */
  readonly error: string | undefined;
  /** Sends what was entered. Resolves to whether the server has executed it. */
  readonly save: () => Promise<boolean>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that sends what is entered: it closes on success and shows the error otherwise. */
export function Editor({ title, isBusy, error, save, onClose, children }: EditorProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await save()) onClose();
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
