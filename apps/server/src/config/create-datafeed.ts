import { createRequire } from "node:module";
import { basename, extname } from "node:path";
import type { Clock, Logger } from "@trading/ws-server";
import { Datafeed } from "../modules/datafeed/service.js";
import { ReplayPosition } from "../modules/datafeed/sources/replay/position.js";
import { Recording } from "../modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../modules/datafeed/sources/replay/source.js";
import { SimulatedSource } from "../modules/datafeed/sources/simulated/source.js";
import { type Env, readFile } from "./env.js";

/** Apple's daily bars from May 2013 to May 2018: the recording that is played if REPLAY_FILE is not set. */
const SAMPLE = "@observablehq/sample-datasets/aapl.csv";

/**
 * Creates the datafeed that DATAFEED selects.
 *
 * @throws EnvError if the recording cannot be read, RecordingError if it cannot be played
 */
export function createDatafeed(env: Env, clock: Clock, logger: Logger): Datafeed {
  if (env.DATAFEED === "simulated") return new Datafeed(new SimulatedSource(env.SIMULATED_SEED, clock), logger);
  const file = env.REPLAY_FILE || createRequire(import.meta.url).resolve(SAMPLE);
  const symbol = env.REPLAY_SYMBOL || basename(file, extname(file)).toUpperCase();
  const text = readFile("REPLAY_FILE", file);
  const source = new ReplaySource(new Recording(text, file), {
    symbol,
    barsPerSecond: env.REPLAY_BARS_PER_SECOND,
    atEnd: env.REPLAY_AT_END,
    position: new ReplayPosition(env.DATA_DIR, text, logger),
    clock,
    logger,
  });
  return new Datafeed(source, logger);
}
