import { readFile } from "node:fs/promises";

/** Maximum size of a document. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A file or URL that cannot be read or written. The message says why. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** Returns whether the source of a document is a URL rather than a file path. */
export function isUrl(spec: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(spec);
}

/**
 * Reads the text of a file or an http(s) URL.
 *
 * @param timeoutMs the timeout for a whole response from a URL
 * @throws LoadError if it cannot be read, takes too long, or is larger than 16 MiB
 */
export async function load(spec: string, timeoutMs: number): Promise<string> {
  const bytes = isUrl(spec) ? await fetchBytes(spec, timeoutMs) : await readBytes(spec);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LoadError(`${shownUrl(spec)} is not UTF-8 text.`);
  }
}

/** Returns a URL without credentials, query and fragment, which may contain secrets. Returns a path unchanged. */
export function shownUrl(spec: string): string {
  if (!isUrl(spec) || !URL.canParse(spec)) return spec;
  const { origin, host, protocol, pathname } = new URL(spec);
  return `${origin === "null" ? `${protocol}//${host}` : origin}${pathname}`;
}

async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new LoadError(`${path} cannot be read: ${error.message}`);
  });
  if (bytes.length > MAX_BYTES) throw new LoadError(`${path} is larger than ${MAX_BYTES} bytes.`);
  return bytes;
}

async function fetchBytes(spec: string, timeoutMs: number): Promise<Uint8Array> {
  const shown = shownUrl(spec);
  if (!URL.canParse(spec)) throw new LoadError(`${spec} is not a valid URL.`);
  const url = new URL(spec);
  if (!/^https?:$/.test(url.protocol)) throw new LoadError(`${shown} is neither an http nor an https URL.`);
  const headers = new Headers({ accept: "application/json, application/yaml;q=0.9, */*;q=0.1" });
  if (url.username !== "") headers.set("authorization", `Basic ${basicOf(url)}`);
  url.username = "";
  url.password = "";
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new LoadError(`${shown} responded with ${response.status} ${response.statusText}`.trim());
    }
    return await readAll(response, shown);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if ((error as Error).name === "TimeoutError") {
      throw new LoadError(`${shown} did not respond within ${timeoutMs / 1000} s.`);
    }
    const cause = (error as Error).cause;
    throw new LoadError(`${shown} cannot be fetched: ${cause instanceof Error ? cause.message : error}`);
  }
}

/** Reads the whole body. @throws LoadError if it is too large */
async function readAll({ body }: Response, shown: string): Promise<Uint8Array> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return Buffer.concat(chunks);
    size += chunk.value.length;
    chunks.push(chunk.value);
    if (size <= MAX_BYTES) continue;
    await reader?.cancel();
    throw new LoadError(`${shown} is larger than ${MAX_BYTES} bytes.`);
  }
}

/** Encodes the credentials of a URL for a header: `fetch` refuses URLs with credentials. */
function basicOf({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
}
