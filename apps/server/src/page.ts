import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** The terminal's build, seen from this file's folder and from the bundle's alike. */
export const TERMINAL_DIST = fileURLToPath(new URL("../../terminal/dist", import.meta.url));

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The terminal is not built</title>
<h1>The terminal is not built yet</h1>
<p>The server runs, but its page is missing. Build it with <code>npm run build</code> at the top of the repository, then start the server again.</p>
</html>
`;

/** Serves the trading page, or one that says how to build it. */
export async function servePage(app: FastifyInstance, directory: string): Promise<void> {
  if (existsSync(join(directory, "index.html"))) await app.register(fastifyStatic, { root: directory });
  else {
    app.get("/", { schema: { hide: true } }, (_request, reply) =>
      reply.status(503).type("text/html; charset=utf-8").send(NOT_BUILT),
    );
  }
}
