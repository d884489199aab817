import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, test } from "vitest";
import { shareTurns } from "../../src/http/share-turns.js";

/** Creates a listener whose requests take `requestMs` on a manual clock and are recorded by their names. */
function setup(requestMs: number, proxies: string[] = []) {
  const clock = new ManualClock();
  const handled: string[] = [];
  const listener = shareTurns(
    ({ url = "" }) => {
      clock.advance(requestMs);
      handled.push(url);
    },
    clock,
    proxies,
  );
  const request = (url: string, remoteAddress: string, forwarded?: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false });
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    listener({ url, socket, headers } as unknown as IncomingMessage, {} as ServerResponse);
    return socket;
  };
  const turn = async () => {
    handled.length = 0;
    await new Promise((resolve) => setImmediate(resolve));
    return [...handled];
  };
  return { request, handled, turn };
}

test("handles requests immediately until those of a turn have taken a millisecond, then those of the address that has used least first", async () => {
  const { request, handled, turn } = setup(0.4);
  for (let index = 1; index <= 6; index++) request(`a${index}`, "10.0.0.1");
  request("b1", "10.0.0.2");
  expect(handled).toEqual(["a1", "a2", "a3"]);
  expect(await turn()).toEqual(["b1", "a4", "a5"]);
  request("b2", "10.0.0.2");
  expect(await turn()).toEqual(["b2", "a6"]);
});

test("counts an IPv6 network as one address, and the clients of a trusted proxy separately", async () => {
  const { request, turn } = setup(0.4, ["10.0.0.9"]);
  for (let index = 1; index <= 5; index++) request(`a${index}`, `2001:db8::${index}`);
  request("b1", "10.0.0.9", "203.0.113.1");
  request("c1", "10.0.0.9", "203.0.113.2");
  expect(await turn()).toEqual(["b1", "c1", "a4"]);
  expect(await turn()).toEqual(["a5"]);
});

test("handles a request of an address with few of them before those of a hundred with many", async () => {
  const { request, handled, turn } = setup(0.4);
  const flood = (index: number) => {
    for (let address = 1; address <= 100; address++) request(`busy${index}`, `10.0.1.${address}`);
  };
  for (let index = 0; index < 20; index++) flood(index);
  const before = [];
  for (let index = 0; index < 10; index++) {
    for (let passed = 0; passed < 50; passed++) await turn();
    handled.length = 0;
    request(`light${index}`, "10.0.0.2");
    while (!handled.includes(`light${index}`)) await new Promise((resolve) => setImmediate(resolve));
    before.push(handled.indexOf(`light${index}`));
  }
  expect(Math.max(...before)).toBeLessThanOrEqual(2);
});

test("drops the request of a connection that has closed meanwhile", async () => {
  const { request, turn } = setup(1);
  request("a1", "10.0.0.1");
  request("a2", "10.0.0.1").destroyed = true;
  request("a3", "10.0.0.1");
  expect(await turn()).toEqual(["a3"]);
});
