import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { moveTo } from "../src/cores.mjs";
import { cpuUsOf } from "./centrifugo.mjs";

const PROGRAM = fileURLToPath(new URL("fastws_server.py", import.meta.url));

/** Starts FastWS on uvicorn. Updates are lines of its standard input. @param {{ python: string }} options */
export async function start({ python }) {
  const child = spawn(python, [PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  process.on("exit", () => child.kill("SIGKILL"));
  child.on("exit", (code) => {
    console.error(`FastWS exited with code ${code}`);
    process.exit(1);
  });
  // It has its core to itself: this process, which writes the updates, goes to that of the loader.
  moveTo("loader", process.pid);
  const [port] = await once(child.stdout, "data");
  return {
    port: Number(port),
    publish(/** @type {string} */ symbol, /** @type {object} */ update) {
      child.stdin.write(`${symbol} ${JSON.stringify(update)}\n`);
    },
    cpuUs: () => cpuUsOf(/** @type {number} */ (child.pid)),
  };
}
