// The protocol in prose travels with the package that implements it.
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

copyFileSync(
  fileURLToPath(new URL("../../../PROTOCOL.md", import.meta.url)),
  fileURLToPath(new URL("../dist/PROTOCOL.md", import.meta.url)),
);
