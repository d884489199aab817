// A client with a fault, as a program: it passes lines on between the suite and the client that its arguments start, and plants
// the fault that a line {"type":"fault","name":…} names.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ClientFault, Lines } from "./client-fault.js";
import { CLIENT_FAULTS } from "./client-faults.js";
import { FaultyProxy, type Frame } from "./faulty-proxy.js";

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
const NONE: ClientFault = { name: "none", caughtBy: "" };
let fault = NONE;
let proxy: FaultyProxy | undefined;

const lines: Lines = {
  state: new Map(),
  toProcess: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
  toSuite: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
};

async function fromSuite(line: Frame): Promise<void> {
  if (line.type === "fault") {
    fault = CLIENT_FAULTS.find(({ name }) => name === line.name) ?? NONE;
    lines.state.clear();
    return;
  }
  if (line.type === "connect") {
    proxy = await FaultyProxy.start(line.url, fault);
    return lines.toProcess({ ...line, url: proxy.url("ws", new URL(line.url).pathname) });
  }
  const changed = fault.toProcess === undefined ? line : fault.toProcess(line, lines);
  if (changed !== undefined) lines.toProcess(changed);
}

createInterface({ input: child.stdout }).on("line", (text) => {
  const line = JSON.parse(text);
  const changed = fault.fromProcess === undefined ? line : fault.fromProcess(line, lines);
  if (changed !== undefined) lines.toSuite(changed);
  // The suite's server closes next, which would make the proxy's clients reconnect.
  if (line.type === "closed") void proxy?.close();
});

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text);
  await fromSuite(line);
  if (line.type === "bye") break;
}
child.stdin.end();
await proxy?.close();
process.stdin.destroy();
