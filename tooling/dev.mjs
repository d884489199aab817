// `npm run dev`: rebuilds packages on change, restarts the server, and serves the page with hot reload by Vite.
import { join } from "node:path";
import { root, run } from "./src/run.mjs";

const { PORT = "8000", TERMINAL_PORT = "5173", AUTH_MODE = "demo" } = process.env;
console.log(
  `The page, with hot reload: http://localhost:${TERMINAL_PORT} (Vite). The server: http://localhost:${PORT}.\n`,
);

await Promise.all([
  run("turbo", ["watch", "build", "--filter=@trading/server...", "--output-logs=errors-only", "--ui=stream"]),
  run(process.execPath, ["--watch", "--watch-preserve-output", "apps/server/dist/main.js"], {
    env: { AUTH_MODE, LOG_FORMAT: "text" },
  }),
  run("vite", ["--clearScreen=false"], { cwd: join(root, "apps/terminal") }),
]);
