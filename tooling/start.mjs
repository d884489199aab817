// `npm start`: runs the reference server in this process, so that the server receives the signals that npm passes on.
import { join } from "node:path";
import { root } from "./src/run.mjs";

process.env.AUTH_MODE ??= "demo";
// For a person at a terminal; it also prints the addresses.
process.env.LOG_FORMAT ??= "text";
await import(join(root, "apps/server/dist/main.js"));
