/** Returns a stored choice. @param parse returns undefined for a value that is not a choice, and then the fallback is used */
export function loadStored<Value>(key: string, parse: (stored: unknown) => Value | undefined, fallback: Value): Value {
  try {
    const text = localStorage.getItem(key);
    return (text === null ? undefined : parse(JSON.parse(text))) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Stores a choice. It lasts until the page is closed if the browser blocks the storage. */
export function saveStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Blocked or full: the page works without it.
  }
}
