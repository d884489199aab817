import { useEffect, useId, useRef, useState } from "react";
import { HOTKEYS } from "./hotkeys.js";
import { resetPanels } from "./panel-sizes.js";
import { loadTheme, selectTheme, THEMES, type Theme } from "./theme.js";

interface SettingsProps {
  readonly hasHotkeys: boolean;
  readonly onHotkeys: (isEnabled: boolean) => void;
  readonly onClose: () => void;
}

const NAMES: Readonly<Record<Theme, string>> = { system: "As the system", light: "Light", dark: "Dark" };

/** A dialog with the page's settings, and the keys with what they do. */
export function Settings({ hasHotkeys, onHotkeys, onClose }: SettingsProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [theme, setTheme] = useState(loadTheme);
  const id = useId();
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    <dialog ref={dialog} className="editor settings" aria-label="Settings and keys" onCancel={onClose}>
      <h2>Settings</h2>
      <div className="field">
        <label htmlFor={id}>Colors</label>
        <select
          id={id}
          value={theme}
          onChange={({ target }) => {
            selectTheme(target.value as Theme);
            setTheme(target.value as Theme);
          }}
        >
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {NAMES[each]}
            </option>
          ))}
        </select>
      </div>
      <p>
        <button type="button" onClick={resetPanels}>
          Reset panel sizes
        </button>
      </p>
      <h2>Keys</h2>
      <label className="check">
        <input type="checkbox" checked={hasHotkeys} onChange={({ target }) => onHotkeys(target.checked)} />
        Use these keys
      </label>
      <dl className="hotkeys">
        {HOTKEYS.map(({ key, text }) => (
          <div key={key}>
            <dt>
              <kbd>{key.replace("Arrow", "")}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div className="buttons">
        <button type="button" className="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </dialog>
  );
}
