import type { Fault, Frame, ProxiedConnection } from "./faulty-proxy.js";

/** Changes the topic of every frame to the client. */
export function topicFault(name: string, caughtBy: string, change: (topic: string) => string): Fault {
  return {
    name,
    caughtBy,
    toClient: (frame) => withPayload(frame, (p) => (p.topic ? { topic: change(p.topic) } : {})),
  };
}

export function withPayload(frame: Frame, change: (payload: Frame) => object): Frame {
  return frame.payload === undefined ? frame : { ...frame, payload: { ...frame.payload, ...change(frame.payload) } };
}

/** Changes the payload of frames of one type to the client. */
export function payloadFault(name: string, caughtBy: string, type: RegExp, change: (payload: Frame) => object): Fault {
  return { name, caughtBy, toClient: (frame) => (type.test(frame.type) ? withPayload(frame, change) : frame) };
}

/** Drops frames to the client. */
export function dropFault(name: string, caughtBy: string, type: RegExp): Fault {
  return { name, caughtBy, toClient: (frame) => (type.test(frame.type) ? undefined : frame) };
}

export const isUpdate = (frame: Frame) => /\.update$/.test(frame.type);
export const isSubscribe = (frame: Frame) => /\.subscribe$/.test(frame.type);
export const isUnsubscribe = (frame: Frame) => /\.unsubscribe$/.test(frame.type);

/** Returns the reply that the server would send to an unsubscribe request of bars. */
export function unsubscribed({ type, payload: { symbol, resolution } }: Frame, status = "ok"): Frame {
  const topic = `bars:{"resolution":"${resolution}","symbol":"${symbol}"}`;
  return { type: `${type}.response`, payload: { status, message: "Unsubscribed", topic } };
}

export function keyOf(frame: Frame): string {
  return JSON.stringify(frame.payload);
}

/** Replies to an unsubscribe request in place of the server, which does not get it. */
export function swallow(frame: Frame, connection: ProxiedConnection): undefined {
  connection.toClient(unsubscribed(frame));
}
