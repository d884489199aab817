import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { Clock, Logger } from "@trading/ws-server";
import { type Env, EnvError } from "./env.js";
import { ReplayDatafeed } from "./modules/datafeed/replay/feed.js";
import { Recording } from "./modules/datafeed/replay/recording.js";
import type { Datafeed } from "./modules/datafeed/service.js";
import { SimulatedDatafeed } from "./modules/datafeed/simulated/feed.js";

/**
 * The datafeed that the environment asks for.
 *
 * @throws EnvError where the recording cannot be read, RecordingError where it cannot be played
 */
export function datafeedOf(env: Env, clock: Clock, logger: Logger): Datafeed {
  if (env.DATAFEED === "simulated") return new SimulatedDatafeed(env.SIMULATED_SEED, clock);
  const file = env.REPLAY_FILE;
  const symbol = env.REPLAY_SYMBOL || basename(file, extname(file)).toUpperCase();
  return new ReplayDatafeed(new Recording(read(file), file), {
    symbol,
    barsPerSecond: env.REPLAY_BARS_PER_SECOND,
    atEnd: env.REPLAY_AT_END,
    clock,
    logger,
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new EnvError("REPLAY_FILE", `REPLAY_FILE is ${JSON.stringify(file)}, which cannot be read: ${message}.`);
  }
}
