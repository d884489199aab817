import { describe, expect, test } from "vitest";
import { type Recording, recordings, type Step } from "./recordings.js";
import { type ReplayOptions, replay, withoutPositions } from "./replay.js";
import { ScriptedServer } from "./scripted-server.js";

const all = recordings();
const subscribeTwice = named("subscribe-twice");
const notJson = named("not-json");

describe("a server that behaves as FastWS did", () => {
  test.each(all)("has no difference: $name", async (recording) => {
    expect(await play(recording)).toEqual([]);
  });

  test("the recordings contain every kind of step", () => {
    const kinds = new Set(all.flatMap(({ steps }) => steps.flatMap((step) => Object.keys(step))));
    expect([...kinds].sort()).toEqual(
      ["client", "close", "leave", "path", "publish", "receive", "send", "sendBytes", "wait"].sort(),
    );
  });
});

describe("a server that behaves differently", () => {
  test("is reported with the step, the expected and the received frame, and the rest is still compared", async () => {
    const wrong = (step: Step) => (isReceive(step) ? [{ receive: step.receive.replace('"ok"', '"error"') }] : [step]);
    const differences = await play(subscribeTwice, wrong);
    expect(differences).toHaveLength(4);
    expect(differences[0]).toMatch(
      /^subscribe-twice, step 1: expected \{.*"status":"ok".*\}, got \{.*"status":"error".*\}$/,
    );
  });

  test("is reported for an extra frame", async () => {
    const twice = (step: Step, index: number) => (index === 5 && isReceive(step) ? [step, step] : [step]);
    expect((await play(subscribeTwice, twice))[0]).toMatch(
      /^subscribe-twice, step 7: expected .*unsubscribe.*got .*update/,
    );
  });

  test("is reported for a frame after the last step", async () => {
    const last = subscribeTwice.steps.length - 1;
    const more = (step: Step, index: number) => (index === last ? [step, { receive: '{"type":"more"}' }] : [step]);
    expect(await play(subscribeTwice, more)).toEqual([
      'subscribe-twice, after the last step: expected nothing, got {"type":"more"}',
    ]);
  });

  test("is reported for a missing frame, and the conversation ends there", async () => {
    const differences = await play(subscribeTwice, (_, index) => (index === 1 ? [] : [{ receive: "{}" }]), {
      patienceMs: 2_000,
    });
    expect(differences).toEqual([expect.stringMatching(/^subscribe-twice, step 1: expected .*, got nothing$/)]);
  });

  test("is reported for a close instead of a frame, for another close, and for a missing close", async () => {
    const close: Step = { close: { code: 1011, reason: "Internal error" } };
    expect(await play(subscribeTwice, () => [close])).toEqual([
      expect.stringMatching(/^subscribe-twice, step 1: expected .*, got \{"code":1011,"reason":"Internal error"\}$/),
    ]);
    expect(await play(notJson, (step) => ("close" in step ? [close] : [step]))).toEqual([
      'not-json, step 3: expected {"code":1003,"reason":"Could not validate payload"}, got {"code":1011,"reason":"Internal error"}',
    ]);
    expect(await play(notJson, (step) => ("close" in step ? [] : [step]), { patienceMs: 2_000 })).toEqual([
      'not-json, step 3: expected {"code":1003,"reason":"Could not validate payload"}, got nothing',
    ]);
    expect(await play(notJson, (step) => ("close" in step ? [{ receive: "{}" }] : [step]))).toEqual([
      'not-json, step 3: expected {"code":1003,"reason":"Could not validate payload"}, got {}',
    ]);
  });

  test("is reported for a connection that it refuses", async () => {
    const { url } = await ScriptedServer.start(subscribeTwice);
    const elsewhere = { ...subscribeTwice, path: "/nowhere" };
    expect(await replay(elsewhere, { url, publish: () => {} })).toEqual([
      `subscribe-twice, step 0: expected a connection to ${url}/nowhere, got Unexpected server response: 401`,
    ]);
  });

  test("is reported for a close after the last step", async () => {
    const last = subscribeTwice.steps.length - 1;
    const gone: Step = { close: { code: 1000, reason: "" } };
    expect(await play(subscribeTwice, (step, index) => (index === last ? [step, gone] : [step]))).toEqual([
      'subscribe-twice, after the last step: expected nothing, got {"code":1000,"reason":""}',
    ]);
  });
});

describe("deviations", () => {
  const kept: Step = { receive: '{"type":"error","payload":{"code":"invalid_message"}}' };
  const deviations = [{ step: 3, instead: [kept], why: "the socket stays open" }];

  test("replace the recorded steps", async () => {
    expect(await play(notJson, (step) => ("close" in step ? [kept] : [step]), { deviations })).toEqual([]);
  });

  test("that a server does not show are differences", async () => {
    expect(await play(notJson, undefined, { deviations })).toEqual([
      expect.stringMatching(/^not-json, step 3: expected .*invalid_message.*, got .*1003/),
    ]);
  });

  test("of a step that does not exist are refused", async () => {
    const nowhere = [{ step: 4, instead: [], why: "there is none" }];
    await expect(play(notJson, undefined, { deviations: nowhere })).rejects.toThrow(
      new RangeError("not-json has no step 4 to deviate from: it has 4"),
    );
  });
});

describe("withoutPositions", () => {
  const position = { epoch: "e", retention: "keyed", offset: 3, snapshot: true };

  test("removes them next to a topic", () => {
    const frame = JSON.stringify({ type: "t", payload: { topic: "bars:{}", ...position } });
    expect(withoutPositions(frame)).toEqual({ type: "t", payload: { topic: "bars:{}" } });
  });

  test("leaves them elsewhere", () => {
    const message = { type: "bars.update", payload: { time: 1, offset: 3 } };
    expect(withoutPositions(JSON.stringify(message))).toEqual(message);
  });
});

async function play(
  recording: Recording,
  edit?: (step: Step, index: number) => readonly Step[],
  options: Partial<ReplayOptions> = {},
): Promise<string[]> {
  const server = await ScriptedServer.start(recording, edit);
  return replay(recording, { url: server.url, publish: (topic) => server.publish(topic), wait: () => {}, ...options });
}

function named(name: string): Recording {
  const found = all.find((recording) => recording.name === name);
  if (!found) throw new Error(`no recording is named ${name}`);
  return found;
}

function isReceive(step: Step): step is Step & { readonly receive: string } {
  return "receive" in step;
}
