// Copies the built terminal into the package before it is packed, and removes the copy afterwards (`--remove`): in the repository the
// server uses the terminal's folder.
import { cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../../terminal/dist", import.meta.url));
const packed = fileURLToPath(new URL("../page", import.meta.url));

rmSync(packed, { recursive: true, force: true });
if (!process.argv.includes("--remove")) {
  if (!existsSync(built)) throw new Error(`${built} does not exist: run npm run build in the repository's root first.`);
  cpSync(built, packed, { recursive: true });
}
