import { act, type ReactNode } from "react";
import { ClientDevtools, type ClientDevtoolsProps } from "../../src/devtools/index.js";
import type { ClientOptions } from "../../src/index.js";
import { countListeners, render } from "../react/page.js";

/** Renders the devtools for a connected client on an in-memory network with a manual clock. */
export async function open(
  props: ClientDevtoolsProps = { defaultOpen: true },
  options: Partial<ClientOptions> & { around?: (devtools: ReactNode) => ReactNode } = {},
) {
  const { around = (devtools) => devtools, ...clientOptions } = options;
  const page = await render(null, { session: true, ...clientOptions });
  const { clock, client, container, during } = page;
  const timers = clock.pending;
  const taps = countListeners(client, "tap");
  await page.show(around(<ClientDevtools clock={clock} {...props} />));
  const all = (selector: string) => Array.from(container.querySelectorAll<HTMLElement>(selector));
  const one = (selector: string) => {
    const [element, another] = all(selector);
    if (!element || another) throw new Error(`${selector} matches ${all(selector).length} elements instead of one`);
    return element;
  };
  const button = (name: string) => {
    const found = all("button").find(({ textContent }) => textContent?.startsWith(name));
    if (!found) throw new Error(`no button ${name} among ${all("button").map(({ textContent }) => textContent)}`);
    return found;
  };
  const press = (element: Element, key: string) =>
    act(async () => {
      element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    });
  return {
    ...page,
    taps,
    /** Number of timers in addition to the client's own. */
    timers: () => clock.pending - timers,
    all,
    one,
    button,
    press,
    click: (name: string) => act(async () => button(name).click()),
    focus: (element: HTMLElement) => act(async () => element.focus()),
    type: (text: string) =>
      act(async () => {
        const input = one("input") as HTMLInputElement;
        // React notices only a value that is set by the prototype's setter.
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    /** Advances the clock. */
    pass: (ms: number) => during(() => clock.advance(ms)),
    /** Returns the cells of the table by row. */
    rows: () => all("tbody tr").map((row) => Array.from(row.children, ({ textContent }) => textContent as string)),
    /** Returns the lines of frames, or of gaps and errors, without their times. */
    lines: () => all("summary").map(({ textContent }) => textContent?.replace(/^[\d:.]{12}/, "")),
  };
}
