import { useCallback, useState } from "react";
import { loadStored, saveStored } from "./stored.js";

/** State that is remembered in the browser. */
export function useStored<Value>(
  key: string,
  parse: (stored: unknown) => Value | undefined,
  fallback: Value,
): readonly [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => loadStored(key, parse, fallback));
  const set = useCallback(
    (next: Value) => {
      saveStored(key, next);
      setValue(next);
    },
    [key],
  );
  return [value, set];
}
