import { ping, text } from "../rfc6455/frames.js";
import { upgradeRequest } from "../rfc6455/raw-client.js";
import { Chance } from "./chance.js";
import { cut, hostileStream, hostileUpgrade } from "./hostile-bytes.js";
import { hostileEnvelope, hostilePayload } from "./hostile-json.js";
import type { Dialect, Judge } from "./judge.js";
import { Probe } from "./probe.js";

/** Inputs that share a connection as long as the protocol lets them. The server cuts one with 60 pings unanswered. */
const BATCH = 25;
/** Batches under way at a time. */
const LANES = 16;

/** Kinds of input, as often as they come here. */
const KINDS = ["upgrades", "streams", "envelopes", "envelopes", "payloads", "payloads", "payloads"] as const;

export interface FuzzOptions {
  readonly port: number;
  readonly seed: number;
  /** How many inputs. */
  readonly runs: number;
  /** Runs this batch alone. @default all */
  readonly only?: number | undefined;
  readonly judge: Judge;
  /** Called after each batch; the next one waits for it. */
  readonly onBatch: () => void | Promise<void>;
}

/**
 * Attacks a server. Each batch is made of the seed and its own number alone, so that one that found something runs again
 * by itself.
 *
 * @returns how many inputs of each kind the server has read to their end, or refused
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

async function attack({ port, judge }: Pick<FuzzOptions, "port" | "judge">, seed: number, number: number) {
  const chance = new Chance(Math.imul(seed ^ 0x9e3779b9, number + 1) ^ number);
  const kind = chance.pick(KINDS);
  const dialect: Dialect = chance.oneIn(2) ? "base" : "session";
  const where = `FUZZ_BATCH=${number} (${kind}, ${dialect})`;
  const upgrade = Buffer.from(upgradeRequest({ target: dialect === "base" ? "/api/v1/ws" : "/api/v1/ws?protocol=2" }));

  if (kind === "upgrades" || kind === "streams") {
    for (let count = 0; count < BATCH; count++) {
      // A mutated target may ask for either dialect, and a stream may hold a close of its own.
      const probe = new Probe(port, judge, where, kind === "upgrades" ? "session" : dialect, true);
      const bytes = kind === "upgrades" ? hostileUpgrade(chance) : Buffer.concat([upgrade, hostileStream(chance)]);
      for (const part of chance.oneIn(4) ? cut(chance, bytes) : [bytes]) {
        probe.write(part);
        if (chance.oneIn(2)) await new Promise(setImmediate);
      }
      await probe.finish();
    }
    return { kind, dialect, inputs: BATCH };
  }

  let waiting = chance.list(BATCH, () => (kind === "envelopes" ? hostileEnvelope(chance) : hostilePayload(chance)));
  while (waiting.length > 0) {
    const probe = new Probe(port, judge, where, dialect, false);
    probe.write(upgrade);
    // Side by side, or each in its turn: a close loses the replies of what was read with its cause.
    const step = chance.oneIn(2) ? waiting.length : 1;
    let isServed = true;
    for (let at = 0; at < waiting.length && isServed; at += step) {
      // A pong says that the input before its ping was read. Without it, that was the one the connection was closed for.
      probe.write(Buffer.concat(waiting.slice(at, at + step).flatMap((input) => [text(input), ping()])));
      isServed = await probe.answered(Math.min(waiting.length, at + step));
    }
    if (isServed) await probe.leave(chance.pick(["close", "fin", "rst"]));
    waiting = waiting.slice(probe.pongs + 1);
  }
  return { kind, dialect, inputs: BATCH };
}
