"use client";

import * as React from "react";
import type { StoreArguments } from "../stores/store.js";

/** Only React 18 warns about a layout effect on a server. */
const useLayoutEffect = typeof window === "undefined" ? React.useEffect : React.useLayoutEffect;

/**
 * Reads a store like `React.useSyncExternalStore`. When a hidden `<Activity>` becomes visible, it subscribes and renders the
 * current state before the paint, because its document still shows the state from before it was hidden.
 */
export function useStore<State>(...[subscribe, get, getServer]: StoreArguments<State>): State {
  const [, render] = React.useState({});
  const state = React.useSyncExternalStore(subscribe, get, getServer);
  // When an `<Activity>` becomes visible, React runs the effect of the last render, whatever its dependencies are.
  // Without dependencies it would run after each render too, which takes time and finds nothing.
  useLayoutEffect(() => {
    if (get() !== state) render({});
  }, [subscribe]);
  return state;
}
