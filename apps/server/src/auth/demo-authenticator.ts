import type { Authenticator, Clock, Logger } from "@trading/ws-server";
import { jwtAuthenticator } from "@trading/ws-server/jwt";
import { DEMO_SUBJECT } from "./demo.js";
import type { Signing } from "./tokens.js";

/** Minimum time between two warnings. */
const WARNING_INTERVAL_MS = 60_000;

/**
 * Creates the authenticator of demo tokens. It warns when it refuses one that looks like a demo token and has not expired: another
 * server has signed it, so that clients cannot use both.
 */
export function demoAuthenticator({ secret, algorithm }: Signing, clock: Clock, logger: Logger): Authenticator {
  const verify = jwtAuthenticator({ secret }, { algorithms: [algorithm], clock, logger });
  let warnAfter = Number.NEGATIVE_INFINITY;
  return async (token) => {
    try {
      return await verify(token);
    } catch (error) {
      const now = clock.monotonic();
      if (now >= warnAfter && isValidDemoToken(token, clock)) {
        warnAfter = now + WARNING_INTERVAL_MS;
        logger.warn(
          "A demo token was signed with another secret: servers with the same clients need the same DEMO_SECRET, or the same DATA_DIR. " +
            "If DATA_DIR was deleted, the client gets a new token",
        );
      }
      throw error;
    }
  };
}

/** Returns whether a token has the claims of a demo token that has not expired, with any signature. */
function isValidDemoToken(token: string, clock: Clock): boolean {
  try {
    const { sub, exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof sub === "string" && sub.startsWith(DEMO_SUBJECT) && exp * 1_000 > clock.now();
  } catch {
    return false;
  }
}
