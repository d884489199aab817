import type { GetToken, TokenReason } from "@trading/ws-client";

/** The state of authentication. */
export type SessionState =
  | { readonly status: "loading" }
  | { readonly status: "signed-in"; readonly accounts: readonly string[]; readonly account: string }
  /** The server issues no demo tokens, so the user must enter one. */
  | { readonly status: "sign-in"; readonly error: string | undefined }
  /** The server has only market data. */
  | { readonly status: "no-accounts" };

interface StoredSession {
  readonly token: string;
  readonly account: string;
}

/** Messages for a stored token that can no longer be used, by the reason of the token request. */
const TOKEN_ERRORS: Readonly<Record<TokenReason, string>> = {
  connect: "Your token has expired.",
  refresh: "Your token has expired.",
  rejected: "The server rejected this token. It is invalid or expired.",
};

const STORAGE_KEY = "trading-session";
/** A token that expires within this time is replaced before it is used. */
const EXPIRY_MARGIN_MS = 5_000;

/**
 * The account that the page trades for, and its token. Both are stored for the tab and survive a reload. A server in demo
 * mode issues tokens; otherwise the user enters one.
 */
export class Session {
  #state: SessionState = { status: "loading" };
  readonly #storage: Storage;
  readonly #requestedAccount: string | undefined;
  readonly #listeners = new Set<() => void>();
  /** The pending token request, which the client and REST share. */
  #pending: Promise<string | null> | undefined;

  /** @param account the account in the page's URL; null without one */
  constructor(storage: Storage, account: string | null) {
    this.#storage = storage;
    this.#requestedAccount = account ?? undefined;
    if (account !== null && account !== this.#stored?.account) storage.removeItem(STORAGE_KEY);
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Returns a token for the client and for REST. */
  readonly getToken: GetToken = async ({ reason }) => {
    const stored = this.#stored;
    if (stored && reason === "connect" && expiryOf(stored.token) > Date.now() + EXPIRY_MARGIN_MS) {
      this.#signedIn(stored);
      return stored.token;
    }
    this.#pending ??= this.#requestToken(stored?.account ?? this.#requestedAccount, reason).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  };

  /** Signs in with a token that the user entered. */
  signIn(token: string): void {
    const [account] = accountsOf(token);
    if (account === undefined) this.#set({ status: "sign-in", error: "This token does not contain an account." });
    else if (expiryOf(token) <= Date.now()) this.#set({ status: "sign-in", error: "This token has expired." });
    else {
      this.#storage.setItem(STORAGE_KEY, JSON.stringify({ token, account } satisfies StoredSession));
      // Reloads, because a client that was refused a login does not log in later.
      location.reload();
    }
  }

  /** Switches to another account of the same token. */
  selectAccount(account: string): void {
    const stored = this.#stored;
    if (stored) this.#signedIn({ ...stored, account });
  }

  async #requestToken(account: string | undefined, reason: TokenReason): Promise<string | null> {
    // The server has already replied that it issues no tokens.
    if (this.#state.status === "sign-in" || this.#state.status === "no-accounts") return null;
    const { login } = await fetchJson<{ login: "demo" | "token" | "none" }>("/api/v1/versions");
    if (login !== "demo") {
      const error = this.#stored && TOKEN_ERRORS[reason];
      this.#storage.removeItem(STORAGE_KEY);
      this.#set(login === "none" ? { status: "no-accounts" } : { status: "sign-in", error });
      return null;
    }
    const { token } = await fetchJson<{ token: string }>("/api/v1/auth/demo-token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(account === undefined ? {} : { accountId: account }),
    });
    const [first = ""] = accountsOf(token);
    this.#signedIn({ token, account: account ?? first });
    return token;
  }

  #signedIn(session: StoredSession): void {
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(session));
    const { state } = this;
    if (state.status === "signed-in" && state.account === session.account) return;
    this.#set({ status: "signed-in", accounts: accountsOf(session.token), account: session.account });
  }

  get #stored(): StoredSession | undefined {
    const text = this.#storage.getItem(STORAGE_KEY);
    return text === null ? undefined : (JSON.parse(text) as StoredSession);
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function fetchJson<Reply>(path: string, request?: RequestInit): Promise<Reply> {
  const response = await fetch(path, request);
  if (!response.ok) throw new Error(`Request ${path} failed with status ${response.status}`);
  return response.json();
}

/** Decodes the claims of a token without verifying them; only the server can verify them. */
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

/** Returns when a token expires. Unix milliseconds; 0 if unknown. */
function expiryOf(token: string): number {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : 0;
}
