import fastifyRateLimit from "@fastify/rate-limit";
import type { Clock, Random } from "@trading/ws-server";
import { z } from "zod";
import type { FastifyZod } from "../http/fastify-zod.js";
import { Problem } from "../http/problem.js";
import { type Signing, signToken } from "./tokens.js";

/** Lifetime of a demo token. */
const TTL_MS = 900_000;

/** Limit per client address. */
const MAX_TOKENS_PER_MINUTE = 60;

const accountId = z.string().min(1).max(64);

const request = z
  .object({ accountId: accountId.optional().meta({ description: "The account; a new one is created if omitted" }) })
  .nullish()
  .transform((given) => given ?? {});

const reply = z.object({
  token: z.string().meta({ description: "A JSON Web Token for this account alone" }),
  accountId,
  expiresAt: z.int().meta({ description: "Unix milliseconds" }),
});

/** Dependencies of the demo tokens' endpoint. */
export interface DemoOptions {
  readonly signing: Signing;
  readonly clock: Clock;
  readonly random: Random;
}

/** Registers `POST demo-token`, which gives anyone a short-lived token for any account. */
export async function demoRest(rest: FastifyZod, { signing, clock, random }: DemoOptions): Promise<void> {
  await rest.register(fastifyRateLimit, {
    max: MAX_TOKENS_PER_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max }) =>
      new Problem(429, `You have requested ${max} tokens within a minute: wait, and reuse your tokens.`),
  });
  rest.post(
    "/demo-token",
    {
      schema: {
        summary: "A short-lived token for an account; in demo mode only",
        body: request,
        response: { 200: reply },
      },
    },
    async ({ body }) => {
      const account = body.accountId ?? `DEMO-${random.id().slice(0, 8)}`;
      const expiresAt = Math.floor((clock.now() + TTL_MS) / 1_000) * 1_000;
      // The subject is derived from the account: when a client renews its token, the server requires the same subject.
      const token = await signToken(signing, { subject: `demo:${account}`, accounts: [account], expiresAt });
      return { token, accountId: account, expiresAt };
    },
  );
}
