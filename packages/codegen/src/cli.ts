import { stderr, stdout } from "node:process";
import { EXIT, main } from "./main.js";

const console = {
  out: (text: string) => stdout.write(`${text}\n`),
  err: (text: string) => stderr.write(`${text}\n`),
};

main(process.argv.slice(2), console).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.err(`Internal error of trading-codegen: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = EXIT.failed;
  },
);
