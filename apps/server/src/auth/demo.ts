import { addressGroup, type Clock, type Random } from "@trading/ws-server";
import { z } from "zod";
import type { FastifyZod } from "../http/fastify-zod.js";
import { named } from "../http/named-schema.js";
import { Problem } from "../http/problem.js";
import { RateLimit } from "../http/rate-limit.js";
import { type Signing, signToken } from "./tokens.js";

/** The beginning of the subject of demo tokens. */
export const DEMO_SUBJECT = "demo:";

/** Lifetime of a demo token. */
const TTL_MS = 900_000;

/** Limit per client address: a burst of sixty, then one a second. */
const RATE = { perSecond: 1, burst: 60 };

const accountId = z.string().min(1).max(64);

const request = z
  .object({ accountId: accountId.optional().meta({ description: "The account; a new one is created if omitted" }) })
  .nullish()
  .transform((given) => given ?? {});

const tokenReply = named(
  "DemoToken",
  z.object({
    token: z.string().meta({ description: "A JSON Web Token for this account alone" }),
    accountId,
    expiresAt: z.int().meta({ description: "Unix milliseconds" }),
  }),
);

/** Dependencies of the demo tokens' endpoint. */
export interface DemoOptions {
  readonly signing: Signing;
  readonly clock: Clock;
  readonly random: Random;
}

/** Registers `POST demo-token`, which gives anyone a short-lived token for any account. */
export async function demoRest(rest: FastifyZod, { signing, clock, random }: DemoOptions): Promise<void> {
  const limit = new RateLimit(RATE, clock);
  rest.post(
    "/demo-token",
    {
      schema: {
        operationId: "createDemoToken",
        summary: "A short-lived token for an account; in demo mode only",
        body: request,
        response: { 200: tokenReply },
      },
    },
    async ({ body, ip }, reply) => {
      const waitMs = limit.take(addressGroup(ip));
      if (waitMs > 0) {
        const detail = `You have requested ${RATE.burst} tokens within a minute: wait, and reuse your tokens.`;
        throw new Problem(429, detail, undefined, { "retry-after": `${Math.ceil(waitMs / 1_000)}` });
      }
      reply.header("cache-control", "no-store");
      const account = body.accountId ?? `DEMO-${random.id().slice(0, 8)}`;
      const expiresAt = Math.floor((clock.now() + TTL_MS) / 1_000) * 1_000;
      // The subject is derived from the account: when a client renews its token, the server requires the same subject.
      const token = await signToken(signing, { subject: `${DEMO_SUBJECT}${account}`, accounts: [account], expiresAt });
      return { token, accountId: account, expiresAt };
    },
  );
}
