import { Centrifuge } from "centrifuge";
import { WebSocket } from "ws";

/** Subscribes a client with its default settings. Channels recover by `force_recovery` of the server. @param {number} port @param {string} symbol @param {(bar: any) => void} onUpdate */
export function subscribe(port, symbol, onUpdate) {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, { websocket: WebSocket });
  const subscription = client.newSubscription(symbol);
  subscription.on("publication", ({ data }) => onUpdate(data));
  subscription.subscribe();
  client.connect();
  return subscription.ready();
}
