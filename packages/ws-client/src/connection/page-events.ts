/** What happens to a page, or to the computer below it, that a connection should know of. */
export type PageEvent = "online" | "offline" | "visible" | "hidden";

/** Tells of a page's events until the function it returns is called. */
export type PageEvents = (tell: (event: PageEvent) => void) => () => void;

/** A page comes back from the cache of the browser with `pageshow`, and may be ended without notice after `pagehide`. */
const MEANING: Readonly<Record<string, PageEvent>> = {
  online: "online",
  offline: "offline",
  pageshow: "visible",
  pagehide: "hidden",
};

/** What is used of a page, so that a project whose types know no browser can import this one. */
interface Target {
  addEventListener?(type: string, listener: (event: { readonly type: string }) => void): void;
  removeEventListener?(type: string, listener: (event: { readonly type: string }) => void): void;
}

/** The events of a window or a worker. A program without them, as in Node, has none. */
export const pageEvents: PageEvents = (tell) => {
  const page: Target & { readonly document?: Target & { readonly hidden: boolean } } = globalThis as object;
  const { document } = page;
  const onEvent = ({ type }: { readonly type: string }) =>
    tell(MEANING[type] ?? (document?.hidden ? "hidden" : "visible"));
  for (const type of Object.keys(MEANING)) page.addEventListener?.(type, onEvent);
  document?.addEventListener?.("visibilitychange", onEvent);
  return () => {
    for (const type of Object.keys(MEANING)) page.removeEventListener?.(type, onEvent);
    document?.removeEventListener?.("visibilitychange", onEvent);
  };
};
