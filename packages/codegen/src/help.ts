/** The output of `trading-codegen --help`. */
export const HELP = `trading-codegen: writes typed routes for @trading/ws-client from an AsyncAPI document

Usage
  trading-codegen --spec <file or url> --out <file> [options]

Reads AsyncAPI 2.x (as FastWS writes it) and 3.x, in JSON or YAML. Each stream family (\`bars.subscribe\` with
\`bars.update\`) becomes a route, each request with a reply an operation, with the types of their sides. The generated
module imports @trading/topic, so have that installed.

Options
  --spec <file or url>        the document; of a URL, http or https only
  --out <file>                the TypeScript module to write
  --check                     write nothing, and exit with 1 where the file on disk differs: for CI
  --key <route>=<member>      the member of an update that tells what it replaces, or * where each update replaces the
                              one before. For documents that do not tell (x-key); may be given several times
  --require <route>/<field>   take an optional parameter for required, so that clients always send it; may be given
                              several times
  --skip-unsupported          leave out routes and operations that cannot be generated, and list them
  --help                      this text

First steps
  1. trading-codegen --spec http://localhost:8000/api/v1/ws/asyncapi.json --out src/routes.ts
  2. import { bars } from "./routes"; client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, (bar) => draw(bar));
  3. In CI: the same command with --check

What it refuses
  Parameters off the topic contract: optional fields and defaults, floats, unions, tuples, open objects. Each would make
  a topic that the server does not send to. Every one is named with its route, its field and its place in the document.

Exit codes
  0  written, or with --check: the file is what would be written
  1  --check only: the file differs or is not there
  2  the call is wrong, or the document cannot be read or has routes that cannot be generated; nothing is written
`;
