import fastifyRateLimit from "@fastify/rate-limit";
import type { Clock, Random } from "@trading/ws-server";
import { z } from "zod";
import type { FastifyZod } from "../http/fastify-zod.js";
import { Problem } from "../http/problem.js";
import { type Signing, signToken } from "./tokens.js";

/** How long a demo token is good for. */
const TTL_MS = 900_000;

/** Of one address. */
const MAX_TOKENS_PER_MINUTE = 60;

const accountId = z.string().min(1).max(64);

const request = z
  .object({ accountId: accountId.optional().meta({ description: "Left out: a new one" }) })
  .nullish()
  .transform((given) => given ?? {});

const reply = z.object({
  token: z.string().meta({ description: "A JSON Web Token for this account alone" }),
  accountId,
  expiresAt: z.int().meta({ description: "Unix milliseconds" }),
});

/** What demo tokens are made with. */
export interface DemoOptions {
  readonly signing: Signing;
  readonly clock: Clock;
  readonly random: Random;
}

/** `POST demo-token`: a short-lived token for any account, for anyone. */
export async function demoRest(rest: FastifyZod, { signing, clock, random }: DemoOptions): Promise<void> {
  await rest.register(fastifyRateLimit, {
    max: MAX_TOKENS_PER_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max }) =>
      new Problem(429, `You have asked for ${max} tokens within a minute: wait, and keep those you have.`),
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
      // A fresh token must be for the same subject as the connection's first, so it is the account's.
      const token = await signToken(signing, { subject: `demo:${account}`, accounts: [account], expiresAt });
      return { token, accountId: account, expiresAt };
    },
  );
}
