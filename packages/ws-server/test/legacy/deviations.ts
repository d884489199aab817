import type { Step } from "./recordings.js";
import type { Deviation } from "./replay.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';

const refused: Step = { close: { code: 1003, reason: "Could not validate payload" } };

function receives(type: string, payload: object, more: object = {}): Step {
  return { receive: JSON.stringify({ type, payload, ...more }) };
}

const subscribed = (topic: string) => ({ status: "ok", message: "Subscribed", topic });
const unsubscribed = (topic: string) => ({ status: "ok", message: "Unsubscribed", topic });

/** Intended differences from FastWS, by recording. The comparison ignores the positions next to a topic. */
export const DEVIATIONS: Readonly<Record<string, readonly Deviation[]>> = {
  bytes: [{ step: 3, instead: [refused], why: "FastWS dies of a binary frame without a close; a close says more" }],
  "empty-type": [{ step: 3, instead: [refused], why: "an envelope with an empty type is invalid" }],
  "number-type": [{ step: 3, instead: [refused], why: "a type that is a number is invalid" }],
  "not-a-number": [{ step: 1, instead: [refused], why: "JSON has no NaN" }],
  deep: [{ step: 1, instead: [refused], why: "the limit of depth holds for what is dropped, too" }],
  "extra-keys": [{ step: 1, instead: [refused], why: "id and resume are members of the envelope, and are checked" }],
  "unchecked-values": [{ step: 1, instead: [refused], why: "the routes' parameters are checked" }],
  "1.x-resolution-off-the-list": [{ step: 1, instead: [refused], why: "the canonical topic has no such resolution" }],
  "1.x-extra-fields": [
    {
      step: 1,
      instead: [receives("bars.subscribe.response", subscribed('bars:{"resolution":"5","symbol":"AAPL"}'))],
      why: "a resolution next to params identifies the newer dialect",
    },
  ],
  id: [
    { step: 1, instead: [receives("bars.subscribe.response", subscribed(AAPL), { id: "r1" })], why: "ids are echoed" },
    { step: 3, instead: [receives("bars.unsubscribe.response", unsubscribed(AAPL), { id: 7 })], why: "ids are echoed" },
  ],
  "protocol-in-the-url": [
    {
      step: 1,
      instead: [
        receives("session.welcome", {
          connectionId: "id",
          protocol: 2,
          heartbeatIntervalMs: 30_000,
          maxConnectionLifespanMs: 3_600_000,
          serverTime: 0,
          server: "Test/1",
        }),
        receives("bars.subscribe.response", subscribed(AAPL)),
        receives("subscription.current", { topic: AAPL }),
      ],
      why: "this asks us for the session extension",
    },
  ],
  "strangers-unsubscribe": [
    {
      step: 6,
      instead: [
        {
          client: "a",
          ...receives("bars.update", {
            topic: AAPL,
            payload: { time: 1697097600000, open: 150, high: 151, low: 149.5, close: 150.5, volume: 1000000 },
          }),
        },
        {
          client: "a",
          ...receives("bars.subscribe.response", subscribed('bars:{"resolution":"1","symbol":"MSFT"}')),
        },
      ],
      why: "no client can end another's subscription",
    },
  ],
};
