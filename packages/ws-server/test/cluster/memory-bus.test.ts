import { describe, expect, test } from "vitest";
import { type Bus, MemoryHub } from "../../src/cluster/index.js";
import { busChecks } from "../../src/testing/index.js";

describe("MemoryBus", () => {
  test.each(busChecks)("$name", ({ run }) => {
    const hub = new MemoryHub();
    return run(() => hub.connect());
  });
});

describe("a check fails for an implementation that violates it", () => {
  const faults: readonly [string, (bus: Bus) => Partial<Bus>][] = [
    ["nodes have different names", () => ({ node: "node" })],
    [
      "messages arrive once",
      (bus) => ({
        send: (to, message) => {
          bus.send(to, message);
          return bus.send(to, message);
        },
      }),
    ],
    ["a key has one claim", () => ({ claim: async (mine) => mine })],
    ["exactly the claim that is named is replaced", (bus) => ({ claim: (mine) => bus.claim(mine) })],
    [
      "a claim that does not exist",
      (bus) => ({ claim: async (mine, instead) => (await bus.claim(mine, instead)) ?? bus.claim(mine) }),
    ],
    ["exactly the claim that is named is released", () => ({ release: async () => {} })],
    ["a connected node is alive", () => ({ isAlive: async () => true })],
    ["the nodes that may own", (bus) => ({ open: (listener) => bus.open(listener, { ownsTopics: true }) })],
    ["a closed bus is down", () => ({ close: async () => {} })],
  ];

  test.each(faults)("%s …", async (name, change) => {
    const check = busChecks.find((candidate) => candidate.name.startsWith(name));
    expect(check).toBeDefined();
    const hub = new MemoryHub();
    const makeBus = () => {
      const bus = hub.connect();
      const changed = change(bus);
      return new Proxy(bus, {
        get(target, member) {
          const value = Reflect.get(member in changed ? changed : target, member);
          return typeof value === "function" && !(member in changed) ? value.bind(target) : value;
        },
      });
    };
    await expect(check?.run(makeBus)).rejects.toThrow();
  });
});
