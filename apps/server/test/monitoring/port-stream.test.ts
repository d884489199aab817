import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { PortStream } from "../../src/monitoring/port-stream.js";

function pair() {
  const { port1, port2 } = new MessageChannel();
  const streams = [new PortStream(port1), new PortStream(port2)] as const;
  onTestFinished(() => {
    for (const stream of streams) stream.destroy();
  });
  return streams;
}

test("a writer waits for the reader", async () => {
  const [writer, reader] = pair();
  const size = 2 * reader.readableHighWaterMark;
  let taken = 0;
  const write = () => writer.write(Buffer.alloc(size, "a"), () => taken++);
  for (let count = 0; count < 3; count++) write();
  await once(reader, "readable");
  // The first chunk fills the reader's buffer.
  expect([taken, reader.readableLength]).toEqual([0, size]);
  reader.read();
  await once(reader, "readable");
  expect([taken, reader.readableLength]).toEqual([1, size]);
});

test("sends only the bytes of a chunk, and its end", async () => {
  const [writer, reader] = pair();
  writer.end(Buffer.from("secret text").subarray(7));
  reader.setEncoding("utf8");
  let text = "";
  for await (const chunk of reader) text += chunk;
  expect(text).toBe("text");
});

test("both ends close together", async () => {
  const [one, other] = pair();
  one.destroy();
  await once(other, "close");
});
