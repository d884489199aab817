import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Directories of the built terminal: in the repository, and in the published package. */
const DIRECTORIES = ["../../terminal/dist", "../page"];

/** Directory of the built terminal. The relative paths are the same from this file and from the bundle in `dist`. */
export const TERMINAL_DIST = findTerminal(DIRECTORIES.map((path) => fileURLToPath(new URL(path, import.meta.url))));

/** Returns the first directory that exists, or the first of all. */
function findTerminal(directories: readonly string[]): string {
  return directories.find((directory) => existsSync(directory)) ?? (directories[0] as string);
}

/**
 * Allows the page's own files, API and socket, and inline styles, which its chart sets. Other pages cannot frame it.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The terminal is not built</title>
<h1>The terminal is not built yet</h1>
<p>The server runs, but its page is missing. Build it with <code>npm run build</code> at the top of the repository, then start the server again.</p>
</html>
`;

/** Serves the trading page, or a page that explains how to build it. */
export async function servePage(app: FastifyInstance, directory: string): Promise<void> {
  if (existsSync(join(directory, "index.html"))) {
    const setHeaders = (response: { setHeader(name: string, value: string): unknown }, path: string) => {
      response.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
      response.setHeader("vary", "accept-encoding");
      // The names of assets contain a hash of their content; the page names the assets of its build.
      const isHashed = path.startsWith(join(directory, "assets"));
      response.setHeader("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    };
    await app.register(fastifyStatic, { root: directory, setHeaders, cacheControl: false, preCompressed: true });
  } else {
    app.get("/", { schema: { hide: true } }, (_request, reply) =>
      reply.status(503).type("text/html; charset=utf-8").send(NOT_BUILT),
    );
  }
}
