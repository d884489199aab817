import { Datafeed } from "../service.js";
import type { Recording } from "../sources/replay/recording.js";
import { type ReplayOptions, ReplaySource } from "../sources/replay/source.js";

/** The datafeed of a recording. */
export class ReplayDatafeed extends Datafeed {
  constructor(recording: Recording, options: ReplayOptions) {
    super(new ReplaySource(recording, options), options.logger);
  }
}
