import { describe, onTestFinished, test } from "vitest";
import { ClusterPubSub, MemoryHub } from "../../src/cluster/index.js";
import { systemRandom } from "../../src/index.js";
import { ManualClock, pubSubChecks, RecordingLogger } from "../../src/testing/index.js";

describe("ClusterPubSub, with a node for each member", () => {
  test.each(pubSubChecks)("$name", async ({ run }) => {
    const clock = new ManualClock();
    const hub = new MemoryHub({ clock });
    const nodes: ClusterPubSub[] = [];
    onTestFinished(async () => {
      for (const node of nodes) await node.close();
    });
    // Time passes in small steps, for what a node repeats later.
    let isRunning = true;
    const pass = () => {
      clock.advance(1);
      if (isRunning) setImmediate(pass);
    };
    pass();
    onTestFinished(() => {
      isRunning = false;
    });
    await run(() => {
      const options = { bus: hub.connect(), clock, random: systemRandom, logger: new RecordingLogger() };
      const node = new ClusterPubSub(options);
      nodes.push(node);
      return node;
    });
  });
});
