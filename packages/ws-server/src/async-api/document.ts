import type { AsyncApiService } from "./service.js";
import { version2 } from "./version-2.js";
import { version3 } from "./version-3.js";

/** The supported versions of the AsyncAPI specification. */
export type AsyncApiVersion = "2.4.0" | "3.0.0";

/**
 * Returns the AsyncAPI document of a service. It is deterministic.
 *
 * 2.4.0 describes the base protocol in the shape of FastWS 0.1.7, for generators written for it. 3.0.0 also describes the
 * session extension, with requests and replies.
 */
export function asyncApiDocument(service: AsyncApiService, version: AsyncApiVersion): object {
  return version === "2.4.0" ? version2(service) : version3(service);
}
