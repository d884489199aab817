export { Recording } from "../sources/replay/recording.js";
