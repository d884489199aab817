import type { GetToken, TokenReason } from "@trading/ws-client";

/** Where the page stands with the server's login. */
export type SessionState =
  | { readonly status: "asking" }
  | { readonly status: "open"; readonly accounts: readonly string[]; readonly account: string }
  /** The server issues no demo tokens: the user has to bring one. */
  | { readonly status: "sign-in"; readonly why: string | undefined }
  /** The server has market data alone. */
  | { readonly status: "no-accounts" };

interface Kept {
  readonly token: string;
  readonly account: string;
}

/** What to tell of a token that is of no use any more. */
const ENDED: Readonly<Record<TokenReason, string>> = {
  connect: "Your token has run out.",
  refresh: "Your token has run out.",
  rejected: "The server does not take this token: it is another's, or has run out.",
};

const KEY = "trading-session";
/** A token that runs out sooner is asked for anew before it is used. */
const MARGIN_MS = 5_000;

/**
 * Whose account the page trades for, and the token that proves it: one of its own in each tab, kept across a reload. A server in
 * demo mode issues tokens; elsewhere the user brings one.
 */
export class Session {
  #state: SessionState = { status: "asking" };
  readonly #storage: Storage;
  readonly #wanted: string | undefined;
  readonly #listeners = new Set<() => void>();
  /** One question at a time: socket and REST ask for the same token. */
  #asking: Promise<string | null> | undefined;

  /** @param wanted the account that the address names, if it names one */
  constructor(storage: Storage, wanted: string | null) {
    this.#storage = storage;
    this.#wanted = wanted ?? undefined;
    if (wanted !== null && wanted !== this.#kept?.account) storage.removeItem(KEY);
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** For the client and for REST alike. */
  readonly getToken: GetToken = async ({ reason }) => {
    const kept = this.#kept;
    if (kept && reason === "connect" && endOf(kept.token) > Date.now() + MARGIN_MS) {
      this.#opened(kept);
      return kept.token;
    }
    this.#asking ??= this.#ask(kept?.account ?? this.#wanted, reason).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  };

  /** Takes a token that the user has. */
  signIn(token: string): void {
    const [account] = accountsOf(token);
    if (account === undefined) this.#set({ status: "sign-in", why: "This is no token that names an account." });
    else if (endOf(token) <= Date.now()) this.#set({ status: "sign-in", why: "This token has run out." });
    else {
      this.#storage.setItem(KEY, JSON.stringify({ token, account } satisfies Kept));
      // A client that has decided to go on without a login takes none later.
      location.reload();
    }
  }

  /** Trades for another account of the same token. */
  choose(account: string): void {
    const kept = this.#kept;
    if (kept) this.#opened({ ...kept, account });
  }

  async #ask(account: string | undefined, reason: TokenReason): Promise<string | null> {
    // A server that issues none was asked once.
    if (this.#state.status === "sign-in" || this.#state.status === "no-accounts") return null;
    const { login } = await fetchJson<{ login: "demo" | "token" | "none" }>("/api/v1/versions");
    if (login !== "demo") {
      const why = this.#kept && ENDED[reason];
      this.#storage.removeItem(KEY);
      this.#set(login === "none" ? { status: "no-accounts" } : { status: "sign-in", why });
      return null;
    }
    const { token } = await fetchJson<{ token: string }>("/api/v1/auth/demo-token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(account === undefined ? {} : { accountId: account }),
    });
    const [first = ""] = accountsOf(token);
    this.#opened({ token, account: account ?? first });
    return token;
  }

  #opened(kept: Kept): void {
    this.#storage.setItem(KEY, JSON.stringify(kept));
    const { state } = this;
    if (state.status === "open" && state.account === kept.account) return;
    this.#set({ status: "open", accounts: accountsOf(kept.token), account: kept.account });
  }

  get #kept(): Kept | undefined {
    const text = this.#storage.getItem(KEY);
    return text === null ? undefined : (JSON.parse(text) as Kept);
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function fetchJson<Reply>(path: string, request?: RequestInit): Promise<Reply> {
  const response = await fetch(path, request);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return response.json();
}

/** What a token says of itself. Nobody but the server can tell whether it is true. */
function claimsOf(token: string): { readonly accounts?: unknown; readonly exp?: unknown } {
  try {
    const [, payload = ""] = token.split(".");
    return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
}

function accountsOf(token: string): readonly string[] {
  const { accounts } = claimsOf(token);
  return Array.isArray(accounts) ? accounts.filter((account) => typeof account === "string") : [];
}

/** Unix milliseconds. */
function endOf(token: string): number {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : 0;
}
