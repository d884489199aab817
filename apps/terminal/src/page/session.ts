import type { GetToken, TokenReason } from "@trading/ws-client";

/** The state of authentication. */
export type SessionState =
  | { readonly status: "loading" }
  | {
      readonly status: "signed-in";
      readonly accounts: readonly string[];
      readonly account: string;
      /** The number of the sign-in. As a key, it keeps the state of components from the next user. */
      readonly signIn: number;
    }
  /** A visitor. `needsToken` if the server issues no demo tokens, so that the user must enter one. */
  | { readonly status: "sign-in"; readonly error: string | undefined; readonly needsToken: boolean }
  /** The server has only market data. */
  | { readonly status: "no-accounts" };

interface StoredSession {
  readonly token: string;
  readonly account: string;
}

/** The page's clients of the server, which take their tokens from the session. */
export interface SessionClients {
  /** Starts to use the session's token. */
  login(): void;
  /** Drops the token and the data of the user. */
  logout(): void;
}

/** Messages for a stored token that can no longer be used, by the reason of the token request. */
const TOKEN_ERRORS: Readonly<Record<TokenReason, string>> = {
  connect: "Your token has expired.",
  login: "Your token has expired.",
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
  #clients: SessionClients = { login() {}, logout() {} };
  #requestedAccount: string | undefined;
  readonly #storage: Storage;
  readonly #listeners = new Set<() => void>();
  /** Increases with each sign-in and sign-out: a token that was requested before belongs to another user. */
  #signIns = 0;
  #isVisitor = false;
  /** The pending token request, which the client and REST share. */
  #pending: Promise<string | null> | undefined;

  /** @param account the account in the page's URL; null without one */
  constructor(storage: Storage, account: string | null) {
    this.#storage = storage;
    this.#requestedAccount = account ?? undefined;
    const stored = this.#stored;
    // Any page can link here with an account, so the URL alone must not sign the user out.
    if (stored && account !== null && accountsOf(stored.token).includes(account)) this.#store({ ...stored, account });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Sets the clients that have to follow a sign-in and a sign-out. */
  attach(clients: SessionClients): void {
    this.#clients = clients;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Returns a token for the client and for REST. */
  readonly getToken: GetToken = async ({ reason }) => {
    if (this.#isVisitor) return null;
    const stored = this.#stored;
    const isUsable = reason === "connect" || reason === "login";
    const isFresh = stored && isUsable && expiryOf(stored.token) > Date.now() + EXPIRY_MARGIN_MS;
    const wanted = this.#requestedAccount ?? stored?.account;
    if (isFresh && wanted === stored.account) {
      this.#signedIn(stored);
      return stored.token;
    }
    if (this.#pending) return this.#pending;
    const pending = this.#requestToken(wanted, reason, isFresh ? stored : undefined);
    this.#pending = pending;
    const done = () => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    pending.then(done, done);
    return pending;
  };

  /** Signs in with a token that the user entered. */
  signIn(token: string): void {
    const [account] = accountsOf(token);
    const refuse = (error: string) => this.#set({ status: "sign-in", error, needsToken: true });
    if (account === undefined) refuse("This token does not contain an account.");
    else if (expiryOf(token) <= Date.now()) refuse("This token has expired.");
    else {
      this.#begin();
      this.#signedIn({ token, account });
      this.#clients.login();
    }
  }

  /** Signs in with a token that the server issues in demo mode. @param account undefined for one that the server chooses */
  signInDemo(account: string | undefined): void {
    this.#begin();
    this.#requestedAccount = account;
    this.#set({ status: "loading" });
    this.#clients.login();
  }

  /** Forgets the token, and continues as a visitor. */
  signOut(): void {
    this.#begin();
    this.#isVisitor = true;
    this.#requestedAccount = undefined;
    this.#storage.removeItem(STORAGE_KEY);
    this.#set({ status: "loading" });
    this.#clients.logout();
    void this.#offerSignIn();
  }

  /** Switches to another account of the same token. */
  selectAccount(account: string): void {
    const stored = this.#stored;
    if (stored) this.#signedIn({ ...stored, account });
  }

  /** Begins the time of another user, or of a visitor. */
  #begin(): void {
    this.#signIns += 1;
    this.#isVisitor = false;
    this.#pending = undefined;
  }

  async #offerSignIn(): Promise<void> {
    const signIn = this.#signIns;
    const login = await fetchLogin().catch(() => "token");
    if (signIn === this.#signIns) this.#set({ status: "sign-in", error: undefined, needsToken: login !== "demo" });
  }

  /** @param fallback the stored session, if it is still valid and only its account is not the requested one */
  async #requestToken(
    account: string | undefined,
    reason: TokenReason,
    fallback: StoredSession | undefined,
  ): Promise<string | null> {
    const signIn = this.#signIns;
    const login = await fetchLogin();
    if (signIn !== this.#signIns) return null;
    if (login !== "demo" && fallback !== undefined) {
      this.#signedIn(fallback);
      return fallback.token;
    }
    if (login !== "demo") {
      const error = this.#stored && TOKEN_ERRORS[reason];
      this.#storage.removeItem(STORAGE_KEY);
      this.#isVisitor = true;
      this.#set(login === "none" ? { status: "no-accounts" } : { status: "sign-in", error, needsToken: true });
      return null;
    }
    const { token } = await fetchJson<{ token: string }>("/api/v1/auth/demo-token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(account === undefined ? {} : { accountId: account }),
    });
    if (signIn !== this.#signIns) return null;
    const [first = ""] = accountsOf(token);
    this.#signedIn({ token, account: account ?? first });
    return token;
  }

  #signedIn(session: StoredSession): void {
    this.#requestedAccount = undefined;
    this.#store(session);
    const { state } = this;
    const signIn = this.#signIns;
    if (state.status === "signed-in" && state.account === session.account && state.signIn === signIn) return;
    this.#set({ status: "signed-in", accounts: accountsOf(session.token), account: session.account, signIn });
  }

  #store(session: StoredSession): void {
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(session));
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

/** Returns how the server lets users sign in. */
async function fetchLogin(): Promise<"demo" | "token" | "none"> {
  const { login } = await fetchJson<{ login: "demo" | "token" | "none" }>("/api/v1/versions");
  return login;
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
