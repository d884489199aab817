import { act, type ReactNode } from "react";
import { ClientDevtools, type ClientDevtoolsProps } from "../../src/devtools/index.js";
import type { ClientOptions } from "../../src/index.js";
import { countTaps, render } from "../react/page.js";

/** A page with the devtools under a client in memory, whose session stands; time is turned by hand. */
export async function open(
  props: ClientDevtoolsProps = { defaultOpen: true },
  options: Partial<ClientOptions> & { around?: (devtools: ReactNode) => ReactNode } = {},
) {
  const { around = (devtools) => devtools, ...clientOptions } = options;
  const page = await render(null, { session: true, ...clientOptions });
  const { clock, client, container, during } = page;
  const timers = clock.pending;
  const taps = countTaps(client);
  await page.show(around(<ClientDevtools clock={clock} {...props} />));
  const all = (selector: string) => Array.from(container.querySelectorAll<HTMLElement>(selector));
  const one = (selector: string) => {
    const [element, another] = all(selector);
    if (!element || another) throw new Error(`${selector} is there ${all(selector).length} times, not once`);
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
    /** How many timers run beside the client's own. */
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
        // React hears of what is written past its own setter.
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    /** Lets time pass, a tick of the panel at a time. */
    pass: (ms: number) => during(() => clock.advance(ms)),
    /** The table's rows, as their cells. */
    rows: () => all("tbody tr").map((row) => Array.from(row.children, ({ textContent }) => textContent as string)),
    /** The lines of frames, or of gaps and errors, without their times. */
    lines: () => all("summary").map(({ textContent }) => textContent?.replace(/^[\d:.]{12}/, "")),
  };
}
