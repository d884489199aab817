import { expect, test } from "vitest";
import { CONVERSATIONS } from "./conversations.js";
import { type Envelope, memoryWorld, realWorld, type Talker, type World } from "./worlds.js";

/** All that was said to every client of a conversation, without what each server makes up by itself. */
async function transcript(world: World, converse: (world: World) => Promise<void>): Promise<Envelope[][]> {
  const talkers: Talker[] = [];
  const connect = async () => {
    const talker = await world.connect();
    talkers.push(talker);
    return talker;
  };
  await converse({ ...world, connect });
  const heard = talkers.map((talker) => [...talker.heard]);
  await world.close();
  const epochs: unknown[] = [];
  return heard.map((frames) => frames.map((frame) => plain(frame, epochs)));
}

function plain({ type, payload, id }: Envelope, epochs: unknown[]): Envelope {
  const told = payload && { ...payload };
  if (told && "epoch" in told) {
    if (!epochs.includes(told.epoch)) epochs.push(told.epoch);
    told.epoch = `epoch ${epochs.indexOf(told.epoch)}`;
  }
  if (told && type === "session.welcome") Object.assign(told, { connectionId: "", serverTime: 0, server: "" });
  // Which schema library says what is wrong, and how, is each server's own.
  if (told?.code === "invalid_message") told.message = "";
  return { type, ...(told && { payload: told }), ...(id !== undefined && { id }) };
}

test.each(Object.entries(CONVERSATIONS))("%s: said as the real server says it", async (_, converse) => {
  const real = await transcript(realWorld(), converse);
  const memory = await transcript(memoryWorld(), converse);
  expect(real.flat().length).toBeGreaterThan(2);
  expect(memory).toEqual(real);
});

test("the conversations reach all that a session can be told", async () => {
  const told = new Set<string>();
  for (const converse of Object.values(CONVERSATIONS)) {
    for (const { type, payload } of (await transcript(realWorld(), converse)).flat()) {
      told.add(type.endsWith(".response") ? "response" : type.endsWith(".update") ? "update" : type);
      for (const [name, value] of Object.entries(payload ?? {})) {
        if (["code", "recovered", "snapshot", "retention", "retryable"].includes(name)) told.add(`${name} ${value}`);
      }
    }
  }
  const expected = [
    ...["session.welcome", "pong", "response", "update", "error"],
    ...["subscription.current", "subscription.ended", "server.draining"],
    ...["snapshot true", "recovered true", "recovered false", "retention keyed", "retention log", "retryable true"],
    ...["code unauthorized", "code subject_changed", "code unknown_type", "code invalid_message", "code delisted"],
  ];
  expect([...told]).toEqual(expect.arrayContaining(expected));
});
