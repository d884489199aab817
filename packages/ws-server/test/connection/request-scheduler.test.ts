import { expect, onTestFinished, test } from "vitest";
import { Flow } from "../../src/connection/flow-queue.js";
import { RequestGroup, type RequestHandler, RequestScheduler } from "../../src/connection/request-scheduler.js";
import { createServer } from "../../src/index.js";
import { ManualClock, MemoryClient } from "../../src/testing/index.js";
import { turn, until } from "../helpers/event-loop.js";

/** Creates a scheduler whose requests take `requestMs` on a manual clock, and handlers that record them by turn. */
function setup(requestMs: number) {
  const clock = new ManualClock();
  const scheduler = new RequestScheduler<string>(clock);
  const log: string[] = [];
  const handler = (name: string, group = new RequestGroup<string>()): RequestHandler<string> => ({
    flow: new Flow(),
    group,
    handle(request) {
      clock.advance(requestMs);
      log.push(`${name}${request}`);
    },
    onWaiting: (areWaiting) => void log.push(`${name} ${areWaiting ? "waits" : "is read"}`),
  });
  const next = async () => {
    log.length = 0;
    await turn();
    return [...log];
  };
  return { clock, scheduler, handler, log, next };
}

/** Returns the log without what is read and what waits. */
const requestsOf = (log: readonly string[]) => log.filter((line) => !line.includes(" "));

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

test("handles one request of each client after the other, new clients first, and keeps the order of each", async () => {
  const { scheduler, handler, next } = setup(0.4);
  const [a, b, c] = [handler("a"), handler("b"), handler("c")];
  for (let request = 1; request <= 8; request++) scheduler.schedule(a, `${request}`);
  for (let request = 1; request <= 2; request++) scheduler.schedule(b, `${request}`);
  scheduler.schedule(c, "1");
  expect(await next()).toEqual(["b1", "c1", "c is read", "b2", "b is read"]);
  expect(await next()).toEqual(["a4", "a5", "a6"]);
});

test("handles short requests of a client together until they have taken a tenth of a millisecond", async () => {
  const { scheduler, handler, next } = setup(0.04);
  const [busy, a, b] = [handler("busy"), handler("a"), handler("b")];
  for (let request = 1; request <= 30; request++) scheduler.schedule(busy, `${request}`);
  for (let request = 1; request <= 4; request++) for (const each of [a, b]) scheduler.schedule(each, `${request}`);
  const handled = requestsOf(await next());
  expect(handled.slice(0, 6)).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
});

test("does not handle further requests of a client that leaves during one of several short ones", async () => {
  const { scheduler, handler, log, next } = setup(0.04);
  const leaving = handler("leaving");
  const { handle } = leaving;
  for (let request = 1; request <= 30; request++) scheduler.schedule(leaving, `${request}`);
  leaving.handle = (request, startedAt) => {
    handle.call(leaving, request, startedAt);
    scheduler.drop(leaving);
  };
  log.length = 0;
  expect(await next()).toHaveLength(1);
  expect(await next()).toEqual([]);
});

test("handles a request of a client that sends little before those of a hundred that send much", async () => {
  const { scheduler, handler, log, next } = setup(0.4);
  const busy = Array.from({ length: 100 }, (_, index) => handler(`busy${index}-`));
  for (let request = 1; request <= 100; request++) for (const each of busy) scheduler.schedule(each, `${request}`);
  const light = handler("light");
  const before = [];
  for (let request = 1; request <= 20; request++) {
    // More than a round, so that the light client has used less than its share.
    for (let passed = 0; passed < 50; passed++) await next();
    log.length = 0;
    scheduler.schedule(light, `${request}`);
    while (!log.includes(`light${request}`)) await turn();
    before.push(requestsOf(log).indexOf(`light${request}`));
  }
  expect(Math.max(...before)).toBeLessThanOrEqual(2);
});

test("shares the time between groups, so that a hundred clients of one do not delay those of others", async () => {
  const { scheduler, handler, next } = setup(0.4);
  const group = new RequestGroup<string>();
  for (let client = 0; client < 100; client++) {
    const busy = handler(`busy${client}-`, group);
    for (let request = 1; request <= 100; request++) scheduler.schedule(busy, `${request}`);
  }
  const other = handler("other");
  for (let request = 1; request <= 100; request++) scheduler.schedule(other, `${request}`);
  let [ofGroup, ofOther] = [0, 0];
  for (let passed = 0; passed < 60; passed++) {
    const names = requestsOf(await next());
    ofOther += names.filter((name) => name.startsWith("other")).length;
    ofGroup += names.filter((name) => name.startsWith("busy")).length;
  }
  expect(ofOther / (ofGroup + ofOther)).toBeGreaterThan(0.4);
});

test("handles a request of a client that sends little before those of the other clients of its group", async () => {
  const { scheduler, handler, log, next } = setup(0.4);
  const group = new RequestGroup<string>();
  for (let client = 0; client < 100; client++) {
    const busy = handler(`busy${client}-`, group);
    for (let request = 1; request <= 100; request++) scheduler.schedule(busy, `${request}`);
  }
  for (let passed = 0; passed < 50; passed++) await next();
  log.length = 0;
  scheduler.schedule(handler("light", group), "1");
  await until(() => log.includes("light1"));
  expect(requestsOf(log).indexOf("light1")).toBeLessThanOrEqual(2);
});

test("handles the requests of a client that sends much although new clients arrive without end", async () => {
  const { scheduler, handler, log } = setup(0.4);
  const busy = handler("busy");
  for (let request = 1; request <= 20; request++) scheduler.schedule(busy, `${request}`);
  for (let passed = 0; passed < 200; passed++) {
    // As many as can be handled in a turn.
    for (let client = 0; client < 3; client++) scheduler.schedule(handler(`new${passed}-${client}-`), "1");
    await turn();
  }
  expect(log).toContain("busy20");
});

test("does not handle the waiting requests of a client that leaves during one of them, and continues with those of others", async () => {
  const { scheduler, handler, log, next } = setup(0.4);
  const group = new RequestGroup<string>();
  const [leaving, other] = [handler("leaving", group), handler("other", group)];
  const { handle } = leaving;
  for (let request = 1; request <= 6; request++) scheduler.schedule(leaving, `${request}`);
  scheduler.schedule(other, "1");
  leaving.handle = (request, startedAt) => {
    handle.call(leaving, request, startedAt);
    scheduler.drop(leaving);
  };
  log.length = 0;
  expect([...(await next()), ...(await next())]).toEqual(["other1", "other is read", "leaving4"]);
});

test("handles the waiting requests of a client whose group changes meanwhile", async () => {
  const { scheduler, handler, next } = setup(0.4);
  const client = { ...handler("a"), group: new RequestGroup<string>() };
  for (let request = 1; request <= 8; request++) scheduler.schedule(client, `${request}`);
  client.group = new RequestGroup();
  expect(await next()).toEqual(["a4", "a5", "a6"]);
  client.group = new RequestGroup();
  expect(await next()).toEqual(["a7", "a8", "a is read"]);
  expect(await next()).toEqual([]);
});

test("handles requests that take longer than a turn one a turn", async () => {
  const { scheduler, handler, next } = setup(5);
  const [a, b] = [handler("a"), handler("b")];
  for (const request of ["1", "2", "3"]) scheduler.schedule(a, request);
  scheduler.schedule(b, "1");
  expect(await next()).toEqual(["b1", "b is read"]);
  expect(await next()).toEqual(["a2"]);
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

test("replies to a client of another user before a round of a hundred busy connections", async () => {
  const server = createServer({ title: "", version: "", modules: [], clock: new BusyClock() });
  onTestFinished(() => server.close());
  const connect = (subject: string) => MemoryClient.connect(server, { principal: { subject } });
  const busy = Array.from({ length: 100 }, (_, index) => connect(`busy${index}`));
  for (const client of busy) for (let id = 0; id < 20; id++) client.send({ type: "ping", id });
  const light = connect("light");
  const replies = () => busy.flatMap(({ messages }) => messages).filter(({ id }) => id !== undefined).length;
  // A round, so that all of them have used something.
  await until(() => replies() > 100);
  const before = replies();
  light.send({ type: "ping", id: 0 });
  await until(() => light.messages.some(({ id }) => id === 0));
  expect(replies() - before).toBeLessThan(30);
});

test("writes the reply to a request that waited in the turn in which it is handled", async () => {
  const server = createServer({ title: "", version: "", modules: [], clock: new BusyClock() });
  onTestFinished(() => server.close());
  const connect = (subject: string) => MemoryClient.connect(server, { principal: { subject } });
  const [busy, light] = [connect("busy"), connect("light")];
  for (let id = 0; id < 500; id++) busy.send({ type: "ping", id });
  for (let id = 0; id < 10; id++) {
    // Meanwhile, requests of the other client are handled at the end of each turn.
    for (let passed = 0; passed < 2 + (id % 2); passed++) await turn();
    light.send({ type: "ping", id });
    await turn();
    expect(light.messages.at(-1)).toMatchObject({ id });
  }
  expect(busy.isRead).toBe(false);
});
