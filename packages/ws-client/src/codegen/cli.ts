import { stderr, stdout } from "node:process";

const console = {
  out: (text: string) => stdout.write(`${text}\n`),
  err: (text: string) => stderr.write(`${text}\n`),
};

/** Optional peers: they weigh 20 MB, and only whoever generates code needs them. */
const PEERS = ["json-schema-to-typescript", "yaml"];

async function run(): Promise<number> {
  try {
    const { main } = await import("./main.js");
    return await main(process.argv.slice(2), console);
  } catch (error) {
    const { code, message = "", stack } = error as Partial<NodeJS.ErrnoException>;
    const missing = code === "ERR_MODULE_NOT_FOUND" && PEERS.find((peer) => message.includes(`'${peer}'`));
    if (missing) {
      console.err(`trading-ws needs ${PEERS.join(" and ")}, and ${missing} is not installed. Install both:`);
      console.err(`  npm install --save-dev ${PEERS.join(" ")}`);
    } else console.err(`This is a bug of trading-ws: ${stack ?? error}`);
    return 2;
  }
}

void run().then((code) => {
  process.exitCode = code;
});
