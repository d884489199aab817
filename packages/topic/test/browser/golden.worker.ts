import { runGolden } from "../helpers/golden.js";

self.onmessage = ({ data }: MessageEvent<readonly string[]>) => self.postMessage(runGolden(data));
