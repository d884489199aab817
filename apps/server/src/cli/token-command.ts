import { parseArgs } from "node:util";
import { lineLogger, systemClock } from "@trading/ws-server";
import { readSigning } from "../auth/from-env.js";
import { signToken } from "../auth/tokens.js";
import { type Environment, parseEnv } from "../config/env.js";

export const TOKEN_HELP = `node dist/main.js token --account <id> [options]

Makes a token for an account and prints it, to try things with. Set the same variables as the server has: AUTH_MODE=demo
with its DATA_DIR, or its JWT_SECRET (or JWT_SECRET_FILE) with its JWT_ALGORITHMS, JWT_ISSUER and JWT_AUDIENCE.

  --account <id>    an account it is for; give it again for more of them
  --ttl <time>      how long it is good for: 90s, 15m, 1h or 7d            default 1h
  --subject <name>  the person it is for                                   default trader
  --help            this text

  TOKEN=$(JWT_SECRET_FILE=secret node dist/main.js token --account A-1 --account A-2 --ttl 1h)
  curl -H "authorization: Bearer $TOKEN" "http://localhost:8000/api/v1/broker/account?accountId=A-1"
`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Characters of an account's name, as its routes have it. */
const MAX_ACCOUNT_ID_LENGTH = 64;

/** What the command was asked for cannot be done; the message says what to give. */
export class TokenCommandError extends Error {
  override readonly name = "TokenCommandError";
}

/**
 * What the command `token` prints.
 *
 * @param args without the command's own name
 * @throws TokenCommandError, or EnvError
 */
export async function tokenCommand(args: readonly string[], given: Environment): Promise<string> {
  const { account: accounts = [], ttl, subject, help } = optionsOf(args);
  if (help) return TOKEN_HELP;
  if (accounts.length === 0)
    throw new TokenCommandError("--account is missing: give the account it is for. See --help.");
  const wrong = accounts.find((account) => account === "" || account.length > MAX_ACCOUNT_ID_LENGTH);
  if (wrong !== undefined) {
    throw new TokenCommandError(
      `--account is ${JSON.stringify(wrong)}: give 1 to ${MAX_ACCOUNT_ID_LENGTH} characters.`,
    );
  }
  if (subject === "" || subject.length > 256) throw new TokenCommandError("--subject: give 1 to 256 characters.");
  const expiresAt = systemClock.now() + durationOf(ttl);
  const signing = readSigning(parseEnv(given), systemClock, lineLogger("silent"));
  return `${await signToken(signing, { subject, accounts, expiresAt })}\n`;
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        account: { type: "string", multiple: true },
        ttl: { type: "string", default: "1h" },
        subject: { type: "string", default: "trader" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new TokenCommandError(`${(error as Error).message.replace(/\.? To specify .*$/, "")}. See --help.`);
  }
}

/** Milliseconds. */
function durationOf(ttl: string): number {
  const [, count = "", unit] = /^([1-9]\d{0,5})([smhd])$/.exec(ttl) ?? [];
  if (unit !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new TokenCommandError(`--ttl is ${JSON.stringify(ttl)}: give a number with s, m, h or d, such as 15m or 1h.`);
}
