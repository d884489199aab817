// As alone.mjs, and texts are set without React.
import { connect, play, subscribe } from "./alone.mjs";

export { connect, play, subscribe };

/** Shows the last update of each topic. @param {import("./alone.mjs").Listeners} listeners @param {string[]} symbols */
export function show(listeners, symbols) {
  const list = document.createElement("ul");
  for (const symbol of symbols) {
    const text = document.createTextNode(`${symbol} `);
    const item = document.createElement("li");
    item.append(text);
    list.append(item);
    subscribe(listeners, symbol, ({ volume }) => {
      text.data = `${symbol} ${volume}`;
    });
  }
  document.body.append(list);
}
