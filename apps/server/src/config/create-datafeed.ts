import { createRequire } from "node:module";
import { basename, extname } from "node:path";
import type { Clock, Logger } from "@trading/ws-server";
import { TimeZone } from "../market/time-zone.js";
import { Datafeed } from "../modules/datafeed/service.js";
import { ReplayPosition } from "../modules/datafeed/sources/replay/position.js";
import { Recording } from "../modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../modules/datafeed/sources/replay/source.js";
import { SimulatedSource } from "../modules/datafeed/sources/simulated/source.js";
import { type Env, EnvError, readFile, withDataFile } from "./env.js";

/** Apple's daily bars from May 2013 to May 2018: the recording that is played if REPLAY_FILE is not set. */
const SAMPLE = "@observablehq/sample-datasets/aapl.csv";

/**
 * Creates the datafeed that DATAFEED selects.
 *
 * @throws EnvError if the recording or DATA_DIR cannot be used, RecordingError if it cannot be played
 */
export function createDatafeed(env: Env, clock: Clock, logger: Logger): Datafeed {
  if (env.DATAFEED === "simulated")
    return new Datafeed(new SimulatedSource(env.SIMULATED_SEED, clock, { logger }), logger, clock);
  const file = env.REPLAY_FILE || createRequire(import.meta.url).resolve(SAMPLE);
  const symbol = env.REPLAY_SYMBOL || symbolOf(file);
  const text = readFile("REPLAY_FILE", file);
  const startsAt = env.REPLAY_STARTS_AT === "" ? undefined : env.REPLAY_STARTS_AT;
  const recording = new Recording(text, file, TimeZone.of(env.REPLAY_TIMEZONE), env.REPLAY_PRICE_STEP || undefined);
  for (const note of recording.notes) logger.info(note, { file });
  const source = new ReplaySource(recording, {
    symbol,
    barsPerSecond: env.REPLAY_BARS_PER_SECOND,
    atEnd: env.REPLAY_AT_END,
    startsAt,
    position: startsAt === undefined ? positionIn(env.DATA_DIR, text, logger) : undefined,
    clock,
    logger,
  });
  return new Datafeed(source, logger, clock);
}

function positionIn(directory: string, text: string, logger: Logger): ReplayPosition {
  return withDataFile(directory, () => new ReplayPosition(directory, text, logger));
}

/** Maximum length of a symbol. */
const MAX_SYMBOL_LENGTH = 64;

/**
 * Returns the symbol of a recording: its file's name in upper case, without the extension. A longer name is cut to 64
 * characters.
 *
 * @throws EnvError if no character of the name is printable
 */
export function symbolOf(file: string): string {
  const printable = basename(file, extname(file))
    .toUpperCase()
    .replace(/[\p{C}\p{Z}\uFFFD]+/gu, " ");
  let symbol = "";
  for (const character of printable.trim()) {
    if (symbol.length + character.length > MAX_SYMBOL_LENGTH) break;
    symbol += character;
  }
  if (symbol.trim() !== "") return symbol.trim();
  const problem = `The name of the file ${JSON.stringify(file)} contains no symbol. Set REPLAY_SYMBOL, or rename the file.`;
  throw new EnvError("REPLAY_FILE", problem);
}
