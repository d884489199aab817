import { expect, test } from "vitest";
import { CONVERSATIONS } from "./conversations.js";
import { type Envelope, memoryWorld, realWorld, type TestClient, type World } from "./worlds.js";

/** Returns the frames that each client of a conversation received, without the values that each server generates. */
async function transcript(world: World, converse: (world: World) => Promise<void>): Promise<Envelope[][]> {
  const clients: TestClient[] = [];
  const connect = async () => {
    const client = await world.connect();
    clients.push(client);
    return client;
  };
  await converse({ ...world, connect });
  const received = clients.map((client) => [...client.received]);
  await world.close();
  const epochs: unknown[] = [];
  return received.map((frames) => frames.map((frame) => plain(frame, epochs)));
}

function plain({ type, payload, id }: Envelope, epochs: unknown[]): Envelope {
  const copy = payload && { ...payload };
  if (copy && "epoch" in copy) {
    if (!epochs.includes(copy.epoch)) epochs.push(copy.epoch);
    copy.epoch = `epoch ${epochs.indexOf(copy.epoch)}`;
  }
  if (copy && type === "session.welcome") Object.assign(copy, { connectionId: "", serverTime: 0, server: "" });
  // The message comes from the schema library, which differs between the two servers.
  if (copy?.code === "invalid_message") copy.message = "";
  return { type, ...(copy && { payload: copy }), ...(id !== undefined && { id }) };
}

test.each(Object.entries(CONVERSATIONS))("%s: replies as the real server does", async (_, converse) => {
  const real = await transcript(realWorld(), converse);
  const memory = await transcript(memoryWorld(), converse);
  expect(real.flat().length).toBeGreaterThan(2);
  expect(memory).toEqual(real);
});

test("the conversations cover every frame and code of a session", async () => {
  const seen = new Set<string>();
  for (const converse of Object.values(CONVERSATIONS)) {
    for (const { type, payload } of (await transcript(realWorld(), converse)).flat()) {
      seen.add(type.endsWith(".response") ? "response" : type.endsWith(".update") ? "update" : type);
      for (const [name, value] of Object.entries(payload ?? {})) {
        if (["code", "recovered", "snapshot", "retention", "retryable"].includes(name)) seen.add(`${name} ${value}`);
      }
    }
  }
  const expected = [
    ...["session.welcome", "pong", "response", "update", "error"],
    ...["subscription.current", "subscription.ended", "server.draining"],
    ...["snapshot true", "recovered true", "recovered false", "retention keyed", "retention log", "retryable true"],
    ...["code unauthorized", "code subject_changed", "code unknown_type", "code invalid_message", "code delisted"],
  ];
  expect([...seen]).toEqual(expect.arrayContaining(expected));
});
