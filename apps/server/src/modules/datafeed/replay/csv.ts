export { RecordingError } from "../sources/replay/csv.js";
