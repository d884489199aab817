import { expect, test } from "vitest";
import { createServer } from "../../src/index.js";
import { MemoryClient, RecordingLogger } from "../../src/testing/index.js";

test("concurrent calls of next receive the messages in order, and are rejected when the connection closes", async () => {
  const server = createServer({ title: "Test", version: "1", modules: [], logger: new RecordingLogger() });
  const client = MemoryClient.connect(server);
  expect((await client.next()).type).toBe("session.welcome");
  const reads = [client.next(), client.next(), client.next()] as const;
  for (const id of ["1", "2"]) client.send({ type: "ping", id });
  expect([await reads[0], await reads[1]]).toEqual([
    { type: "pong", id: "1" },
    { type: "pong", id: "2" },
  ]);
  client.disconnect();
  await expect(reads[2]).rejects.toThrow("The connection has closed");
  await server.close();
});
