import type { Clock } from "@trading/ws-server";
import { Datafeed } from "../service.js";
import { SimulatedSource } from "../sources/simulated/source.js";

/** The datafeed of a simulated market. */
export class SimulatedDatafeed extends Datafeed {
  constructor(seed: string, clock: Clock) {
    super(new SimulatedSource(seed, clock));
  }
}
