import { describe, expect, test } from "vitest";
import { FairQueue, type QueueLimits } from "../../src/http/fair-queue.js";

/** A queue whose jobs run until they are finished by name. */
function setup(limits: QueueLimits) {
  const queue = new FairQueue(limits);
  const started: string[] = [];
  const refused: string[] = [];
  const finish = new Map<string, () => void>();
  const add = (key: string, name: string) => {
    const job = () => {
      started.push(name);
      return new Promise<void>((resolve) => finish.set(name, resolve));
    };
    queue.run(key, job, () => new Error("full")).catch(() => refused.push(name));
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string) => {
    finish.get(name)?.();
    await settle();
  };
  return { queue, started, refused, add, end, settle };
}

describe("a fair queue", () => {
  test("runs a bounded number of jobs, and the waiting ones in turn by key", async () => {
    const { queue, started, add, end } = setup({ concurrent: 1, waiting: 10 });
    for (const name of ["a1", "a2", "a3", "a4"]) add("a", name);
    add("b", "b1");
    add("c", "c1");
    expect([started, queue.size]).toEqual([["a1"], 5]);
    for (const name of ["a1", "a2", "b1", "c1", "a3"]) await end(name);
    expect(started).toEqual(["a1", "a2", "b1", "c1", "a3", "a4"]);
    expect(queue.size).toBe(0);
  });

  test("refuses the newest job of the key with the most, never that of another one", async () => {
    const { queue, refused, add, settle } = setup({ concurrent: 1, waiting: 4 });
    for (const name of ["a1", "a2", "a3", "a4", "a5", "a6"]) add("a", name);
    await settle();
    expect(refused).toEqual(["a6"]);
    add("b", "b1");
    await settle();
    expect([refused, queue.size]).toEqual([["a6", "a5"], 4]);
  });

  test("continues after a job that failed", async () => {
    const queue = new FairQueue({ concurrent: 1, waiting: 10 });
    const failing = queue.run(
      "a",
      () => Promise.reject(new Error("broken")),
      () => new Error("full"),
    );
    const next = queue.run(
      "a",
      async () => "done",
      () => new Error("full"),
    );
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("done");
  });
});
