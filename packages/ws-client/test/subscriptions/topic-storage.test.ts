import { bars, orders, positions, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { type ClientOptions, type PageEvents, sessionTopics, type TopicStorage } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, TOPIC } from "../helpers/subscribed.js";

const ORDERS = 'orders:{"accountId":"A-1"}';

/** The pages of one tab: they share its sessionStorage. */
function tab() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  };
  return {
    items,
    open(options: Partial<ClientOptions> = {}) {
      return setUp({ storage: sessionTopics({ storage }), ...options });
    },
  };
}

const getToken = () => "t";

type Page = ReturnType<typeof setUp>;

async function logIn({ network }: Page, subject: string) {
  network.socket.welcome();
  await tick();
  network.socket.say({
    type: "auth.login.response",
    payload: { status: "ok", message: "", subject },
    id: network.socket.sent.at(-1)?.id,
  });
  await tick();
}

/** Subscribes to the orders, and returns what the listener shows. */
function listen({ client }: Page) {
  const shown: unknown[] = [];
  client.subscribe(
    orders,
    { accountId: "A-1" },
    { onUpdate: ({ id }) => shown.push(id), onReset: () => shown.splice(0) },
  );
  return shown;
}

/** Lets the orders of a user arrive. */
function send({ network }: Page, ...ids: string[]) {
  const frame = network.socket.sent.find(({ type }) => type === "orders.subscribe");
  network.socket.confirm(frame, ORDERS, { epoch: "e1", offset: 0, retention: "keyed", snapshot: true });
  for (const [index, id] of ids.entries()) network.socket.update(ORDERS, { id }, index + 1);
  network.socket.current(ORDERS, "e1", ids.length);
}

test("delivers saved updates of a public topic immediately after a reload, and resumes", async () => {
  const { open } = tab();
  const before = open();
  before.client.subscribe(bars, AAPL, () => {});
  before.network.socket.welcome();
  await tick();
  before.network.socket.confirm(before.network.socket.sent[0], TOPIC, { epoch: "e1", offset: 3, retention: "keyed" });
  before.network.socket.update(TOPIC, bar(7), 4);
  before.client.close();

  const after = open();
  const shown: number[] = [];
  after.client.subscribe(bars, AAPL, ({ close }) => shown.push(close));
  expect(shown).toEqual([7]);
  after.network.socket.welcome();
  await tick();
  expect(after.network.socket.sent[0]?.resume).toEqual({ epoch: "e1", offset: 4 });
  expect(after.errors).toEqual([]);
});

test("delivers saved updates of a private topic after the login of the same user, and resumes", async () => {
  const { open } = tab();
  const before = open({ getToken });
  listen(before);
  await logIn(before, "ann");
  send(before, "a", "b");
  before.client.close();

  const after = open({ getToken });
  const shown = listen(after);
  expect(shown).toEqual([]);
  await logIn(after, "ann");
  expect(shown).toEqual(["a", "b"]);
  expect(after.network.socket.sent.at(-1)).toMatchObject({
    type: "orders.subscribe",
    resume: { epoch: "e1", offset: 2 },
  });
});

test.each([
  ["another user", { getToken }, "bob"],
  ["another server", { getToken, url: "ws://other/api/v1/ws" }, "ann"],
  ["a server that does not name its users", { getToken }, undefined],
])("delivers no saved updates of a private topic to %s", async (_, options, subject) => {
  const { open } = tab();
  const before = open({ getToken });
  listen(before);
  await logIn(before, "ann");
  send(before, "a");
  before.client.close();

  const after = open(options);
  const shown = listen(after);
  await logIn(after, subject as string);
  expect(shown).toEqual([]);
  expect(after.network.socket.sent.at(-1)).not.toHaveProperty("resume");
});

test("two clients with different users in one tab keep their topics apart", async () => {
  const { open } = tab();
  const live = open({ getToken });
  const paper = open({ getToken });
  for (const [page, user] of [
    [live, "ann"],
    [paper, "paper"],
  ] as const) {
    listen(page);
    await logIn(page, user);
    send(page, `order of ${user}`);
  }
  live.client.close();
  paper.client.close();

  const after = open({ getToken });
  const shown = listen(after);
  await logIn(after, "ann");
  expect(shown).toEqual(["order of ann"]);
});

test("a logout deletes the saved topics of the user", async () => {
  const { open, items } = tab();
  let hide = () => {};
  const listenToPage: PageEvents = (listener) => {
    hide = () => listener("hidden");
    return () => {};
  };
  const page = open({ getToken, pageEvents: listenToPage });
  listen(page);
  await logIn(page, "ann");
  send(page, "secret order");
  page.client.logout();
  hide();
  expect(JSON.stringify([...items])).not.toContain("secret order");
});

test("no topic that was saved before a logout is restored after it, not even one without a listener until then", async () => {
  const { open } = tab();
  const before = open({ getToken });
  listen(before);
  await logIn(before, "ann");
  send(before, "secret order");
  before.client.close();

  const page = open({ getToken });
  // Another private topic, for which the storage reads the saved ones.
  page.client.subscribe(positions, { accountId: "A-1" }, () => {});
  await logIn(page, "ann");
  page.client.logout();
  const shown = listen(page);
  page.client.login();
  page.clock.advance(0);
  await logIn(page, "ann");
  expect(shown).toEqual([]);
  expect(page.network.socket.sent.filter(({ type }) => type === "orders.subscribe")).toEqual([
    expect.not.objectContaining({ resume: expect.anything() }),
  ]);
});

function throwing(): never {
  throw new Error("The operation is insecure");
}

test.each<[string, () => TopicStorage]>([
  ["throws on every access", () => ({ load: throwing, save: throwing })],
  ["is sessionStorage of a sandboxed page", () => sessionTopics()],
])("a storage that %s is reported once, and updates arrive without it", async (_, create) => {
  const insecure = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get: throwing });
  try {
    const { client, network, errors } = setUp({ storage: create() });
    const shown: number[] = [];
    client.subscribe(bars, AAPL, ({ close }) => shown.push(close));
    client.subscribe(trades, { symbol: "AAPL" }, () => {});
    network.socket.welcome();
    await tick();
    network.socket.confirm(network.socket.sent[0], TOPIC, { epoch: "e1", offset: 0, retention: "keyed" });
    network.socket.update(TOPIC, bar(7), 1);
    client.close();
    expect(shown).toEqual([7]);
    expect(errors).toMatchObject([{ code: "storage_failed" }]);
  } finally {
    if (insecure) Object.defineProperty(globalThis, "sessionStorage", insecure);
    else delete (globalThis as { sessionStorage?: unknown }).sessionStorage;
  }
});

test("reports saved updates that a route refuses, starts without them, and still saves", async () => {
  const saved: unknown[] = [];
  const storage: TopicStorage = {
    load: () => ({ epoch: "e", offset: 1, known: [null] }),
    save: (topics) => saved.push(topics),
  };
  const { client, network, errors } = setUp({ storage });
  const parseUpdate = (input: unknown) => {
    if (input === null) throw new Error("no trade");
    return input as never;
  };
  client.subscribe({ ...trades, parseUpdate }, { symbol: "AAPL" }, () => {});
  network.socket.welcome();
  await tick();
  expect(network.socket.sent[0]).not.toHaveProperty("resume");
  expect(errors).toMatchObject([{ code: "storage_failed" }]);
  client.close();
  expect(saved).toHaveLength(1);
});
