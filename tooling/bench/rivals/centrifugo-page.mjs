import { Centrifuge } from "centrifuge";

/** @param {number} port */
export function connect(port) {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`);
  client.connect();
  return client;
}

/** @param {Centrifuge} client @param {string} symbol @param {(bar: any) => void} onUpdate */
export function subscribe(client, symbol, onUpdate) {
  const subscription = client.newSubscription(symbol);
  subscription.on("publication", ({ data }) => onUpdate(data));
  subscription.subscribe();
  return subscription.ready();
}
