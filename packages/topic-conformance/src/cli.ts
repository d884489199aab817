import { constants } from "node:os";
import { processConsole } from "./console.js";
import { EXIT } from "./exit-codes.js";
import { main } from "./main.js";

const controller = new AbortController();
let stoppedBy: "SIGINT" | "SIGTERM" | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stoppedBy = signal;
    controller.abort(new Error(`stopped by ${signal}`));
  });
}

main(process.argv.slice(2), processConsole(), controller.signal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (stoppedBy === undefined) console.error(error);
    process.exitCode = stoppedBy === undefined ? EXIT.harnessFault : 128 + constants.signals[stoppedBy];
  },
);
