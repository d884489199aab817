export { datafeedStreams as datafeedModule } from "./streams.js";
