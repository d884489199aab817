/** The effect of a key. */
export type HotkeyAction = "search" | "buy" | "sell" | "previous" | "next" | "fullscreen" | "alerts" | "help" | "back";

/** The keys in the order of the help sheet. */
export const HOTKEYS: readonly { readonly key: string; readonly action: HotkeyAction; readonly text: string }[] = [
  { key: "/", action: "search", text: "Search symbols" },
  { key: "b", action: "buy", text: "Buy: go to the quantity" },
  { key: "s", action: "sell", text: "Sell: go to the quantity" },
  { key: "ArrowUp", action: "previous", text: "Previous symbol of the watchlist" },
  { key: "ArrowDown", action: "next", text: "Next symbol of the watchlist" },
  { key: "f", action: "fullscreen", text: "Chart in full screen" },
  { key: "a", action: "alerts", text: "Price alerts" },
  { key: "?", action: "help", text: "Settings and keys" },
  { key: "Escape", action: "back", text: "Back: leave the preview or the field" },
];

/** The part of a keyboard event that decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The place of the focus: in a field that takes text, on another control, or on the page. */
export type FocusPlace = "text" | "control" | "page";

/**
 * Returns what a key does. Letters belong to a text field that has the focus, and arrows to a control. Combinations belong to the
 * browser.
 */
export function actionOf({ key, ctrlKey, metaKey, altKey }: KeyPress, focus: FocusPlace): HotkeyAction | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const action = HOTKEYS.find((each) => each.key === key)?.action;
  if (action === "back") return action;
  if (focus === "text") return undefined;
  if (focus === "control" && key.startsWith("Arrow")) return undefined;
  return action;
}

/** Returns where the focus is. */
export function focusPlaceOf(element: Element | null): FocusPlace {
  if (element === null || element === element.ownerDocument.body) return "page";
  if (element.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return "text";
  return "control";
}
