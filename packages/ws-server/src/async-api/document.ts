import type { AsyncApiService } from "./service.js";
import { version2 } from "./version-2.js";
import { version3 } from "./version-3.js";

/** The versions of the specification that documents are written in. */
export type AsyncApiVersion = "2.4.0" | "3.0.0";

/**
 * What a service says to its clients and hears of them, as an AsyncAPI document. The same service gives the same document.
 *
 * 2.4.0 tells the base protocol in the shape that FastWS 0.1.7 writes, for generators made for that; 3.0.0 tells the
 * session extension too, with requests and replies.
 */
export function asyncApiDocument(service: AsyncApiService, version: AsyncApiVersion): object {
  return version === "2.4.0" ? version2(service) : version3(service);
}
