import { ClientError } from "../errors.js";
import { text } from "../text.js";

/** The maximum length of a message with several frames, in bytes. */
export const MAX_BATCH_BYTES = 65_536;

/** The address of a server. */
export interface Endpoint {
  /** The URL to connect to. Its query requests the session extension and batches; a legacy server ignores it. */
  readonly url: string;
  /** The URL to show, without credentials and query, which may contain an application's secrets. */
  readonly shown: string;
}

/**
 * Returns the endpoint of the option `url`. A relative URL is resolved against the page.
 *
 * The URL is changed as text, because the `URL` of React Native has no setters.
 *
 * @throws ClientError `invalid_option`
 */
export function resolveEndpoint(given: string | URL): Endpoint {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  const isRelative = !isAbsolute(given);
  const absolute = isRelative && location ? new URL(given, location.href).href : `${given}`;
  const [, secure, rest, query = ""] = /^(?:http|ws)(s?)(:\/\/[^/?#][^?#]*)\??([^#]*)/i.exec(absolute) ?? [];
  if (!rest) {
    throw new ClientError(
      "invalid_option",
      isRelative
        ? text`Invalid option "url": expected ws:// or wss://, got "${given}": a relative URL needs a page`
        : text`Invalid option "url": expected ws:// or wss://, got "${given}"`,
    );
  }
  const fields = query.split("&").filter((field) => field && !/^(protocol|maxBatchBytes)=/.test(field));
  const scheme = secure ? "wss" : "ws";
  const extension = `protocol=2&maxBatchBytes=${MAX_BATCH_BYTES}`;
  return { url: `${scheme}${rest}?${[...fields, extension].join("&")}`, shown: scheme + rest.replace(/[^/]*@/, "") };
}

/** Returns whether a URL has a scheme, so that it can be checked before there is a page. */
export function isAbsolute(url: string | URL): boolean {
  return /^[a-z]+:/i.test(`${url}`);
}
