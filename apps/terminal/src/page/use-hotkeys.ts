import { useEffect, useRef } from "react";
import { actionOf, focusPlaceOf, type HotkeyAction } from "./hotkeys.js";

/** Calls back for the page's keys, unless a dialog is open or the user has turned them off. */
export function useHotkeys(isEnabled: boolean, onAction: (action: HotkeyAction) => boolean): void {
  const callback = useRef(onAction);
  useEffect(() => {
    callback.current = onAction;
  });
  useEffect(() => {
    if (!isEnabled) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const action = actionOf(event, focusPlaceOf(document.activeElement));
      if (action !== undefined && callback.current(action)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [isEnabled]);
}
