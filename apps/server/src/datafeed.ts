import { basename, extname } from "node:path";
import type { Clock, Logger } from "@trading/ws-server";
import { type Env, readFile } from "./env.js";
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
  return new ReplayDatafeed(new Recording(readFile("REPLAY_FILE", file), file), {
    symbol,
    barsPerSecond: env.REPLAY_BARS_PER_SECOND,
    atEnd: env.REPLAY_AT_END,
    clock,
    logger,
  });
}
