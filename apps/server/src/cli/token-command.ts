import { parseArgs } from "node:util";
import { lineLogger, systemClock } from "@trading/ws-server";
import { readSigning } from "../auth/from-env.js";
import { signToken } from "../auth/tokens.js";
import { type Environment, parseEnv } from "../config/env.js";
import { CommandError, invalidArguments } from "./command-error.js";

export const TOKEN_HELP = `node dist/main.js token --account <id> [options]

Creates a token for an account and prints it, for testing. Set the same environment variables as for the server:
AUTH_MODE=demo with DATA_DIR, or JWT_SECRET (or JWT_SECRET_FILE) with JWT_ALGORITHMS, JWT_ISSUER and JWT_AUDIENCE.

  --account <id>    an account that the token gives access to; can be repeated
  --ttl <time>      the token's lifetime: 90s, 15m, 1h or 7d               default 1h
  --subject <name>  the token's subject: the person                        default trader
  --help            this text

  TOKEN=$(JWT_SECRET_FILE=secret node dist/main.js token --account A-1 --account A-2 --ttl 1h)
  curl -H "authorization: Bearer $TOKEN" "http://localhost:8000/api/v1/broker/account?accountId=A-1"
`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Maximum length of an account id, as in the routes' params. */
const MAX_ACCOUNT_ID_LENGTH = 64;

/**
 * Runs the command `token`.
 *
 * @param args without the command's own name
 * @returns the text to print
 * @throws CommandError, or EnvError
 */
export async function tokenCommand(args: readonly string[], given: Environment): Promise<string> {
  const { account: accounts = [], ttl, subject, help } = optionsOf(args);
  if (help) return TOKEN_HELP;
  if (accounts.length === 0) throw new CommandError("Missing --account: expected the id of an account. See --help.");
  const invalid = accounts.find((account) => account === "" || account.length > MAX_ACCOUNT_ID_LENGTH);
  if (invalid !== undefined) {
    throw new CommandError(
      `Invalid --account ${JSON.stringify(invalid)}: expected 1 to ${MAX_ACCOUNT_ID_LENGTH} characters.`,
    );
  }
  if (subject === "" || subject.length > 256)
    throw new CommandError("Invalid --subject: expected 1 to 256 characters.");
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
    throw invalidArguments(error);
  }
}

/** Parses a duration such as `15m`. @returns milliseconds */
function durationOf(ttl: string): number {
  const [, count = "", unit] = /^([1-9]\d{0,5})([smhd])$/.exec(ttl) ?? [];
  if (unit !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new CommandError(
    `Invalid --ttl ${JSON.stringify(ttl)}: expected a number with s, m, h or d, such as 15m or 1h.`,
  );
}
