import { bars } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, MemoryPubSub, type PubSub, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { AAPL } from "../helpers/data.js";
import { deferred, turns } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

test("the time in which a topic waits for its turn to be joined does not count towards startTimeoutMs", async () => {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const inner = new MemoryPubSub({ clock, logger });
  const [queued, joined] = [deferred(), deferred()];
  const pubSub: PubSub = {
    async join(topic, member) {
      member.onQueued?.(true);
      await queued.promise;
      member.onQueued?.(false);
      await joined.promise;
      return inner.join(topic, member);
    },
  };
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })];
  const server = createServer({ title: "", version: "", modules, clock, logger, pubSub });
  onTestFinished(() => server.close());
  const [patient, late] = [MemoryClient.connect(server), MemoryClient.connect(server)];
  patient.subscribe("bars", AAPL);
  await turns();
  clock.advance(10_000);
  await turns();
  expect(patient.messages.map(({ type }) => type)).toEqual(["session.welcome"]);
  late.subscribe("bars", AAPL);
  queued.resolve();
  await turns();
  clock.advance(2_500);
  await turns();
  expect(patient.messages.at(-1)?.payload).toMatchObject({ status: "error", code: "source_unavailable" });
  expect(late.messages.at(-1)?.payload).toMatchObject({ status: "error", code: "source_unavailable" });
  joined.resolve();
});
