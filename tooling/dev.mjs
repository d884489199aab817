// `npm run dev`: packages rebuilt on change, the server restarted by it, the page served by Vite with hot reload.
import { join } from "node:path";
import { root, run } from "./src/run.mjs";

console.log("The page, with hot reload: http://localhost:5173 (Vite). The server: http://localhost:8000.\n");

await Promise.all([
  run("turbo", ["watch", "build", "--filter=@trading/server...", "--output-logs=errors-only", "--ui=stream"]),
  run(process.execPath, ["--watch", "--watch-preserve-output", "apps/server/dist/main.js"]),
  run("vite", ["--clearScreen=false"], { cwd: join(root, "apps/terminal") }),
]);
