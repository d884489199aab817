import { lineLogger, systemClock } from "@trading/ws-server";
import { createApp } from "./app.js";
import { banner } from "./banner.js";
import { datafeedOf } from "./datafeed.js";
import { help, parseEnv, VARIABLES } from "./env.js";
import { explainFailure } from "./failure.js";

if (process.argv.includes("--help")) {
  process.stdout.write(help());
} else {
  await start().catch((error: unknown) => {
    const { HOST = VARIABLES.HOST.default, PORT = VARIABLES.PORT.default } = process.env;
    process.stderr.write(`${explainFailure(error, HOST, Number(PORT))}\n`);
    process.exitCode = 1;
  });
}

async function start(): Promise<void> {
  const env = parseEnv(process.env);
  const logger = lineLogger(env.LOG_LEVEL);
  const datafeed = datafeedOf(env, systemClock, logger);
  const app = await createApp({ datafeed, clock: systemClock, logger });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Once: a second signal ends a stop that hangs.
    process.once(signal, () => void app.close().then(() => process.exit(0)));
  }
  const port = await app.listen(env.PORT, env.HOST);
  process.stdout.write(`${banner(env.HOST, port, app.stream.path, datafeed)}\n`);
}
