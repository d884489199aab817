// Copies PROTOCOL.md into the package, which ships it.
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

copyFileSync(
  fileURLToPath(new URL("../../../PROTOCOL.md", import.meta.url)),
  fileURLToPath(new URL("../dist/PROTOCOL.md", import.meta.url)),
);
