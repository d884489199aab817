import { expect, test } from "vitest";
import type { LoginEvent, RefusedLoginEvent } from "../../src/index.js";
import { setup, untilReceived } from "../helpers/session.js";

test("observers receive logins, renewals and refused logins, with the address", async () => {
  const events: unknown[] = [];
  const observer = {
    loggedIn: ({ connectionId, ...event }: LoginEvent) => void events.push(event),
    loginRefused: (event: RefusedLoginEvent) => void events.push(event),
  };
  const { connect } = setup({ observers: [observer] });
  const client = connect({ principal: { subject: "ann" } });
  const login = (token: string) => client.send({ type: "auth.login", payload: { token } });
  login("ann");
  await untilReceived(client, 1);
  login("bad");
  await untilReceived(client, 2);
  const ann = { subject: "ann", address: "memory" };
  expect(events).toEqual([
    { ...ann, isRenewal: false },
    { ...ann, isRenewal: true },
    { address: "memory", code: "unauthorized" },
  ]);
  client.disconnect();
});
