import { readFile } from "node:fs/promises";
import { LineCounter, parseDocument } from "yaml";
import { problem } from "./references.js";

/** The largest document that is read. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A file or URL cannot be read or written. The message says why. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** Whether a document's source is a URL, rather than a file's path. */
export function isUrl(spec: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(spec);
}

/**
 * The text at a path or an http(s) URL.
 *
 * @param timeoutMs for the whole of a URL's answer
 * @throws LoadError where there is none, it takes too long, or it is larger than 16 MiB
 */
export async function load(spec: string, timeoutMs: number): Promise<string> {
  const bytes = isUrl(spec) ? await fetchBytes(spec, timeoutMs) : await readBytes(spec);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LoadError(`${shownUrl(spec)} is no text in UTF-8.`);
  }
}

/** A URL without its credentials, query and fragment, where secrets may be. A path as it is. */
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
  if (!URL.canParse(spec)) throw new LoadError(`${spec} is no valid URL.`);
  const url = new URL(spec);
  if (!/^https?:$/.test(url.protocol)) throw new LoadError(`${shown} is neither http nor https.`);
  const headers = new Headers({ accept: "application/json, application/yaml;q=0.9, */*;q=0.1" });
  if (url.username !== "") headers.set("authorization", `Basic ${basicOf(url)}`);
  url.username = "";
  url.password = "";
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new LoadError(`${shown} answered ${response.status} ${response.statusText}`.trim());
    }
    return await readAll(response, shown);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if ((error as Error).name === "TimeoutError") {
      throw new LoadError(`${shown} did not answer within ${timeoutMs / 1000} s.`);
    }
    const cause = (error as Error).cause;
    throw new LoadError(`${shown} cannot be fetched: ${cause instanceof Error ? cause.message : error}`);
  }
}

/** The whole body, given up where it grows too large. */
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

/** The credentials of a URL, which `fetch` takes in a header only. */
function basicOf({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
}

/** The value of a text in JSON or YAML. @throws CodegenError with line and column where it is neither */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // YAML is wider, and its parser knows lines.
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw problem("", `This is neither JSON nor YAML: line ${line}, column ${col}: ${error.message.split("\n")[0]}`);
  }
  try {
    return document.toJS();
  } catch (error) {
    throw problem("", `This YAML cannot be read: ${(error as Error).message}`);
  }
}
