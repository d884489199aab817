import { loadStored, saveStored } from "./stored.js";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const STORAGE_KEY = "trading-theme";

/** Returns the remembered theme. @default system */
export function loadTheme(): Theme {
  return loadStored(STORAGE_KEY, (stored) => THEMES.find((theme) => theme === stored), "system");
}

/** Shows the page in a theme, and remembers it. */
export function selectTheme(theme: Theme): void {
  saveStored(STORAGE_KEY, theme);
  applyTheme(theme);
}

/** Shows the page in a theme. The style sheet has the colors of each. */
export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
}
