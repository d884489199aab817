import { EXIT, main } from "./main.js";

const { stdout, stderr } = process;
const console = {
  out: (text: string) => stdout.write(`${text}\n`),
  err: (text: string) => stderr.write(`${text}\n`),
};

main(process.argv.slice(2), console).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.err(`This is a bug of trading-ws: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = EXIT.failed;
  },
);
