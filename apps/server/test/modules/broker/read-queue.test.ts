import { expect, test } from "vitest";
import { ReadQueue } from "../../../src/modules/broker/store/read-queue.js";
import { until } from "../../until.js";
import { gate } from "./harness.js";

test("runs at most two reads at a time, in their order, also after a failed one", async () => {
  const queue = new ReadQueue(2);
  const gates = Array.from({ length: 5 }, gate);
  const started: number[] = [];
  const reads = gates.map(({ opened }, index) =>
    queue.run(async () => {
      started.push(index);
      await opened;
      if (index === 0) throw new Error("no connection");
      return index;
    }),
  );
  const settled = Promise.allSettled(reads);
  await until(() => started.length === 2);
  gates[0]?.open();
  await until(() => started.length === 3);
  expect(started).toEqual([0, 1, 2]);
  for (const { open } of gates) open();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", ...Array(4).fill("fulfilled")]);
  expect(await queue.run(async () => "next")).toBe("next");
});

test("refuses a read when a thousand wait", async () => {
  const queue = new ReadQueue(1);
  const { opened, open } = gate();
  const reads = Array.from({ length: 1_001 }, () => queue.run(() => opened));
  await expect(queue.run(() => opened)).rejects.toMatchObject({ code: "too_many_reads" });
  open();
  await Promise.all(reads);
});
