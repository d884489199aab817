/** An event of the page or of the computer that affects a connection. */
export type PageEvent = "online" | "offline" | "visible" | "hidden";

/** Calls the listener with the page's events until the returned function is called. */
export type PageEvents = (listener: (event: PageEvent) => void) => () => void;

/** `pageshow` follows a return from the browser's back/forward cache; after `pagehide` the page may be discarded unnoticed. */
const MEANING: Readonly<Record<string, PageEvent>> = {
  online: "online",
  offline: "offline",
  pageshow: "visible",
  pagehide: "hidden",
};

/** The used part of `EventTarget`, so that projects without DOM types can import this module. */
interface Target {
  addEventListener?(type: string, listener: (event: { readonly type: string }) => void): void;
  removeEventListener?(type: string, listener: (event: { readonly type: string }) => void): void;
}

/** Listens to a window or a worker. Without their events, as in Node.js, it calls nothing. */
export const pageEvents: PageEvents = (listener) => {
  const page: Target & { readonly document?: Target & { readonly hidden: boolean } } = globalThis as object;
  const { document } = page;
  const onEvent = ({ type }: { readonly type: string }) =>
    listener(MEANING[type] ?? (document?.hidden ? "hidden" : "visible"));
  for (const type of Object.keys(MEANING)) page.addEventListener?.(type, onEvent);
  document?.addEventListener?.("visibilitychange", onEvent);
  return () => {
    for (const type of Object.keys(MEANING)) page.removeEventListener?.(type, onEvent);
    document?.removeEventListener?.("visibilitychange", onEvent);
  };
};
