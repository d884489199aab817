import { turn } from "../helpers/event-loop.js";
import { ping, text } from "../rfc6455/frames.js";
import { upgradeRequest } from "../rfc6455/raw-client.js";
import { cut, hostileStream, hostileUpgrade } from "./hostile-bytes.js";
import { hostileEnvelope, hostilePayload } from "./hostile-json.js";
import { Probe } from "./probe.js";
import type { Dialect, ProtocolChecker } from "./protocol-checker.js";
import { RandomSource } from "./random-source.js";

/** Inputs per batch. They share a connection where the protocol allows it: the server queues at most 60 pings. */
const BATCH = 25;
/** Number of batches that run concurrently. */
const LANES = 16;

/** Kinds of input, repeated by their weight. */
const KINDS = ["upgrades", "streams", "envelopes", "envelopes", "payloads", "payloads", "payloads"] as const;

export interface FuzzOptions {
  readonly port: number;
  readonly seed: number;
  /** Number of inputs. */
  readonly runs: number;
  /** Number of the only batch to run. @default all */
  readonly only?: number | undefined;
  readonly checker: ProtocolChecker;
  /** Called after each batch. The next batch waits for its promise. */
  readonly onBatch: () => void | Promise<void>;
}

/**
 * Sends hostile inputs to a server. The seed and the batch number determine each batch, so a failing batch can run again
 * alone.
 *
 * @returns the number of inputs of each kind that the server has read completely or refused
 */
export async function fuzz({ seed, runs, only, onBatch, ...target }: FuzzOptions): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  const batches = Math.ceil(runs / BATCH);
  let next = only ?? 0;
  const end = only === undefined ? batches : only + 1;
  const lane = async () => {
    while (next < end) {
      const number = next++;
      const { kind, dialect, inputs } = await attack(target, seed, number);
      const name = `${kind} ${dialect}`;
      done.set(name, (done.get(name) ?? 0) + inputs);
      await onBatch();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return done;
}

async function attack({ port, checker }: Pick<FuzzOptions, "port" | "checker">, seed: number, number: number) {
  const random = new RandomSource(Math.imul(seed ^ 0x9e3779b9, number + 1) ^ number);
  const kind = random.pick(KINDS);
  const dialect: Dialect = random.oneIn(2) ? "base" : "session";
  const where = `FUZZ_BATCH=${number} (${kind}, ${dialect})`;
  const upgrade = Buffer.from(upgradeRequest({ target: dialect === "base" ? "/api/v1/ws" : "/api/v1/ws?protocol=2" }));

  if (kind === "upgrades" || kind === "streams") {
    for (let count = 0; count < BATCH; count++) {
      // A mutated target can select either dialect, and a stream can contain a close frame.
      const probe = new Probe(port, checker, where, kind === "upgrades" ? "session" : dialect, true);
      const bytes = kind === "upgrades" ? hostileUpgrade(random) : Buffer.concat([upgrade, hostileStream(random)]);
      for (const part of random.oneIn(4) ? cut(random, bytes) : [bytes]) {
        probe.write(part);
        if (random.oneIn(2)) await turn();
      }
      await probe.finish();
    }
    return { kind, dialect, inputs: BATCH };
  }

  let waiting = random.list(BATCH, () => (kind === "envelopes" ? hostileEnvelope(random) : hostilePayload(random)));
  while (waiting.length > 0) {
    const probe = new Probe(port, checker, where, dialect, false);
    probe.write(upgrade);
    // All together or one at a time: a close discards the replies to inputs that were read together with its cause.
    const step = random.oneIn(2) ? waiting.length : 1;
    let isServed = true;
    for (let at = 0; at < waiting.length && isServed; at += step) {
      // A pong shows that the server has read the input before the ping. The first without a pong caused the close.
      probe.write(Buffer.concat(waiting.slice(at, at + step).flatMap((input) => [text(input), ping()])));
      isServed = await probe.untilPongs(Math.min(waiting.length, at + step));
    }
    if (isServed) await probe.leave(random.pick(["close", "fin", "rst"]));
    waiting = waiting.slice(probe.pongs + 1);
  }
  return { kind, dialect, inputs: BATCH };
}
