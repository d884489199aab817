import { bars, type trades, type UpdateOf } from "@trading/topic/shapes";
import { produce } from "immer";
import { autorun, isObservable, observable, observableRef, runInAction } from "mobx";
import { describe, expect, test } from "vitest";
import { isReactive, reactive } from "vue";
import type { Client } from "../src/index.js";
import { createRest } from "../src/rest/index.js";
import { setUp } from "./helpers/harness.js";
import { tick } from "./helpers/memory-network.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TOPIC = bars.buildTopic(AAPL);
const bar = (close: number) => ({ time: 1, open: 1, high: 9, low: 1, close, volume: 10 });

/** Puts a value into the state of a library, and reads it from there. */
const LIBRARIES: Record<string, <Value extends object>(value: Value) => Value> = {
  "Vue's reactive": (value) => reactive({ value }).value as typeof value,
  "Vue's reactive, nested": (value) => reactive({ list: [{ value }] }).list[0]?.value as typeof value,
  "MobX's observable": (value) => observable({ value }).value,
  "MobX's observable array": (value) => observable([value])[0] as typeof value,
  "Immer's produce": (value) =>
    produce({ value, count: 0 }, (draft) => {
      draft.count += 1;
    }).value as typeof value,
  "Immer's draft": (value) => {
    let read = value;
    produce({ value }, (draft) => {
      read = draft.value as typeof value;
    });
    return read;
  },
};

describe.each(Object.entries(LIBRARIES))("a client in %s", (_, through) => {
  test("is the same object, and not observed", () => {
    const { client } = setUp();
    const read = through<Client>(client);
    expect(read).toBe(client);
    expect([isReactive(read), isObservable(read), Object.isFrozen(read)]).toEqual([false, false, false]);
  });

  test("subscribes, streams, requests and closes", async () => {
    const { client, network } = setUp();
    const read = through<Client>(client);
    const closes: number[] = [];
    const states: string[] = [];
    read.onState(({ status }) => states.push(status));
    network.socket.accept();
    const handle = through(read.subscribe(bars, AAPL, ({ close }) => closes.push(close)));
    await tick();
    network.socket.confirm(network.socket.sent[0], TOPIC);
    network.socket.update(TOPIC, bar(2));
    const stream = through(read.stream(bars, AAPL));
    expect(await stream.next()).toEqual({ done: false, value: bar(2) });
    await stream.return();
    const request = read.request({ name: "x.y" } as never, {});
    request.catch(() => {});
    expect([read.state.status, read.inspect().topics.length, closes]).toEqual(["connected", 1, [2]]);
    handle();
    read.close();
    await expect(request).rejects.toMatchObject({ name: "ClientError" });
    expect([client.state.status, states]).toEqual(["closed", ["connected", "closed"]]);
  });
});

test.each([["Vue's reactive"], ["Immer's produce"], ["Immer's draft"]])(
  "a subscription in %s keeps its topic and status",
  (name) => {
    const { client } = setUp();
    const handle = client.subscribe(bars, AAPL, () => {});
    const read = LIBRARIES[name]?.(handle);
    expect(read).toBe(handle);
    expect([read?.topic, read?.status.state]).toEqual([TOPIC, "pending"]);
  },
);

test("a subscription in MobX's observableRef keeps its topic and status", () => {
  const { client } = setUp();
  const handle = client.subscribe(bars, AAPL, () => {});
  const state = observable({ handle }, { handle: observableRef });
  expect([state.handle, state.handle.topic, state.handle.status.state]).toEqual([handle, TOPIC, "pending"]);
});

test("a MobX reaction reads the present state of a client, not a computed one", () => {
  const { client, network } = setUp();
  const store = observable({ client, count: 0 });
  const seen: string[] = [];
  const stop = autorun(() => seen.push(`${store.count} ${store.client.state.status}`));
  network.socket.accept();
  runInAction(() => {
    store.count = 1;
  });
  stop();
  expect(seen).toEqual(["0 connecting", "1 connected"]);
});

test("continues when a library has frozen the updates", async () => {
  const { client, network, errors } = setUp();
  let state: { readonly known: readonly UpdateOf<typeof trades>[]; readonly last?: UpdateOf<typeof bars> } = {
    known: [],
  };
  const keep = (update: UpdateOf<typeof bars>) => {
    state = produce(state, (draft) => {
      draft.last = update;
    });
  };
  network.socket.accept();
  client.subscribe(bars, AAPL, keep);
  await tick();
  network.socket.confirm(network.socket.sent[0], TOPIC);
  for (const close of [2, 3]) network.socket.update(TOPIC, bar(close));
  expect([Object.isFrozen(state.last), state.last?.close]).toEqual([true, 3]);
  const late: number[] = [];
  client.subscribe(bars, AAPL, ({ close }) => late.push(close));
  expect([late, errors]).toEqual([[3], []]);
});

test.each([["Vue's reactive"], ["MobX's observable"], ["Immer's produce"]])(
  "a REST client in %s sends requests",
  async (name) => {
    const urls: string[] = [];
    const fetch = async (url: string | URL | Request) => {
      urls.push(String(url));
      return Response.json({ s: "ok", d: { supported_resolutions: [] } });
    };
    const rest = LIBRARIES[name]?.(createRest({ baseUrl: "http://localhost:8000/api/v1", fetch }));
    await rest?.config().catch(() => {});
    expect(urls).toHaveLength(1);
  },
);

test.each([["Vue's reactive"], ["MobX's observable"]])("parameters in %s build the same topic", (name) => {
  const { client } = setUp();
  expect(client.subscribe(bars, LIBRARIES[name]?.({ ...AAPL }) ?? AAPL, () => {}).topic).toBe(TOPIC);
});
