/** The output of `trading-codegen --help`. */
export const HELP = `trading-codegen: generates typed routes for @trading/ws-client from an AsyncAPI document

Usage
  trading-codegen --spec <file or url> --out <file> [options]

Reads AsyncAPI 2.x (as FastWS writes it) and 3.x, in JSON or YAML. Each pair of \`bars.subscribe\` and \`bars.update\`
becomes a route, each request with a reply an operation, with types for both sides. The generated module imports
@trading/topic: install it as well.

Options
  --spec <file or url>        the document: a file, or an http or https URL
  --out <file>                the TypeScript module to write
  --check                     write nothing, and exit with 1 if the file on disk differs: for CI
  --key <route>=<member>      the member by which an update replaces earlier ones, or * if each update replaces the
                              previous one. For documents without x-key; can be repeated
  --require <route>/<field>   treat an optional parameter as required, so that clients always send it; can be repeated
  --types-only                write one type for each message, and no routes: for documents of other servers, whose
                              messages are neither topics nor requests with replies
  --skip-unsupported          leave out routes and operations that cannot be generated, and list them
  --help                      show this text

First steps
  1. trading-codegen --spec http://localhost:8000/api/v1/ws/asyncapi.json --out src/routes.ts
  2. import { bars } from "./routes"; client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, (bar) => draw(bar));
  3. In CI: the same command with --check

Refused parameters
  Optional fields, defaults, floats, unions, tuples and open objects break the topic contract: the client would build a
  topic that the server does not publish. The command lists each with its route, field and place in the document.

Exit codes
  0  written; with --check: the file is up to date
  1  with --check only: the file differs or does not exist
  2  invalid arguments, an unreadable document, or routes that cannot be generated; nothing was written
`;
