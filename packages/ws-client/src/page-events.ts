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

/** The events of a window or a worker. A program without them, as in Node, has none. */
export const pageEvents: PageEvents = (tell) => {
  const { document, addEventListener } = globalThis as Partial<typeof globalThis>;
  const page = addEventListener && globalThis;
  const onEvent = ({ type }: Event) => tell(MEANING[type] ?? (document?.hidden ? "hidden" : "visible"));
  for (const type of Object.keys(MEANING)) page?.addEventListener(type, onEvent);
  document?.addEventListener("visibilitychange", onEvent);
  return () => {
    for (const type of Object.keys(MEANING)) page?.removeEventListener(type, onEvent);
    document?.removeEventListener("visibilitychange", onEvent);
  };
};
