import { expect, onTestFinished, test } from "vitest";
import { RequestScheduler } from "../../src/connection/request-scheduler.js";
import { createServer } from "../../src/index.js";
import { ManualClock, MemoryClient } from "../../src/testing/index.js";
import { turn, until } from "../helpers/event-loop.js";

/** Creates a scheduler whose requests take `requestMs` on a manual clock, and a handler that records them by turn. */
function setup(requestMs: number) {
  const clock = new ManualClock();
  const scheduler = new RequestScheduler<string>(clock);
  const log: string[] = [];
  const handler = (name: string) => ({
    handle(request: string) {
      clock.advance(requestMs);
      log.push(`${name}${request}`);
    },
    onWaiting: (areWaiting: boolean) => void log.push(`${name} ${areWaiting ? "waits" : "is read"}`),
  });
  const next = async () => {
    log.length = 0;
    await turn();
    return [...log];
  };
  return { scheduler, handler, log, next };
}

test("handles requests immediately until those of the turn have taken a millisecond, and the others in later turns", async () => {
  const { scheduler, handler, log, next } = setup(0.4);
  const a = handler("a");
  for (let request = 1; request <= 8; request++) scheduler.schedule(a, `${request}`);
  expect(log).toEqual(["a1", "a2", "a3", "a waits"]);
  expect(await next()).toEqual(["a4", "a5", "a6"]);
  expect(await next()).toEqual(["a7", "a8", "a is read"]);
  scheduler.schedule(a, "9");
  expect(log).toContain("a9");
});

test("handles one request of each connection after the other, and keeps the order of each", async () => {
  const { scheduler, handler, next } = setup(0.4);
  const [a, b, c] = [handler("a"), handler("b"), handler("c")];
  for (let request = 1; request <= 8; request++) scheduler.schedule(a, `${request}`);
  for (let request = 1; request <= 2; request++) scheduler.schedule(b, `${request}`);
  scheduler.schedule(c, "1");
  expect(await next()).toEqual(["a4", "b1", "c1", "c is read"]);
  scheduler.schedule(c, "2");
  expect(await next()).toEqual(["a5", "b2", "b is read", "c2", "c is read"]);
});

test("handles requests that take longer than a turn one a turn", async () => {
  const { scheduler, handler, next } = setup(5);
  const [a, b] = [handler("a"), handler("b")];
  for (const request of ["1", "2", "3"]) scheduler.schedule(a, request);
  scheduler.schedule(b, "1");
  expect(await next()).toEqual(["a2"]);
  expect(await next()).toEqual(["b1", "b is read"]);
  expect(await next()).toEqual(["a3", "a is read"]);
});

test("drops the requests of a connection that has closed", async () => {
  const { scheduler, handler, next } = setup(1);
  const a = handler("a");
  for (const request of ["1", "2", "3"]) scheduler.schedule(a, request);
  scheduler.drop(a);
  expect(await next()).toEqual([]);
});

/** A clock that advances by 0.1 ms at each look. */
class BusyClock extends ManualClock {
  override monotonic(): number {
    this.advance(0.1);
    return super.monotonic();
  }
}

test("replies to another client before five hundred requests of one are handled, and does not read that one meanwhile", async () => {
  const server = createServer({ title: "", version: "", modules: [], clock: new BusyClock() });
  onTestFinished(() => server.close());
  const [busy, other] = [MemoryClient.connect(server), MemoryClient.connect(server)];
  for (let id = 0; id < 500; id++) busy.send({ type: "ping", id });
  expect(busy.isRead).toBe(false);
  other.send({ type: "ping", id: 0 });
  await until(() => other.messages.length > 0);
  expect(busy.messages.length).toBeLessThan(50);
  const replies = () => busy.messages.filter(({ id }) => id !== undefined);
  await until(() => replies().length === 500);
  expect(replies().map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, id) => id));
  await until(() => busy.isRead);
});
