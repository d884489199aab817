import { ADMIN_API } from "../admin/admin-api.js";
import { parseAdminTokens } from "../admin/admin-tokens.js";
import { type Environment, parseEnv } from "../config/env.js";
import { CommandError } from "./command-error.js";

/** Sends requests to the operators' endpoints of a running server. */
export class AdminClient {
  readonly #base: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#base = `${url.replace(/\/+$/, "")}${ADMIN_API}`;
    this.#token = token;
  }

  /**
   * Sends a request.
   *
   * @param query undefined members are omitted
   * @returns the reply; undefined if it has no content
   * @throws CommandError with the server's explanation, or if it cannot be reached
   */
  async send<Reply = undefined>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: readonly string[],
    { query = {}, body }: { query?: Readonly<Record<string, string | undefined>>; body?: unknown } = {},
  ): Promise<Reply> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined) as [string, string][];
    const parameters = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
    const url = `${this.#base}/${path.map(encodeURIComponent).join("/")}${parameters}`;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new CommandError(`Cannot reach ${this.#base}: ${cause}. Set ADMIN_URL to the address of the metrics port.`);
    });
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as Reply;
    throw new CommandError(explain(response.status, text, this.#base));
  }
}

/** Creates a client with the address and the token that the environment has. @throws CommandError, EnvError */
export function adminClient(given: Environment): AdminClient {
  const env = parseEnv({ ...given, METRICS_PORT: given.METRICS_PORT || "9464" });
  const [token] = parseAdminTokens(env.ADMIN_TOKEN);
  if (token === undefined) {
    throw new CommandError("ADMIN_TOKEN is not set: set it, or ADMIN_TOKEN_FILE, to a token of the server.");
  }
  const url = given.ADMIN_URL || `http://127.0.0.1:${env.METRICS_PORT}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new CommandError(`Invalid ADMIN_URL ${JSON.stringify(url)}: expected a URL such as http://127.0.0.1:9464.`);
  }
  return new AdminClient(url, token.secret);
}

function explain(status: number, text: string, base: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown };
    if (typeof detail === "string") return detail;
  } catch {
    // Another program's reply.
  }
  return `${base} replied ${status}: is it the metrics port of the server, with ADMIN_TOKEN set?`;
}
