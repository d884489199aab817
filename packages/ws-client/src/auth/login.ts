import { backoffMs } from "../connection/backoff.js";
import { Pace } from "../connection/pace.js";
import { ClientError } from "../errors.js";
import type { Settings, TokenReason } from "../options.js";
import type { Reporter } from "../reporter.js";
import { text } from "../text.js";
import { afterLimit } from "../timers.js";

/** Time without a frame after which the server is assumed to have no logins: a legacy server sends nothing unprompted. */
const WELCOME_WAIT_MS = 1_000;

/** The actions that a login takes. */
export interface LoginActions {
  /** Sends `auth.login`, and calls back with the refusal, or with the user if the server accepts. */
  send(token: string, replied: (refusal: ClientError | undefined, user: string) => void): void;
  /** Sends the private subscriptions and requests that were waiting, and, after a login, those that were refused before. */
  loginFinished(isLoggedIn: boolean): void;
  /** Drops the private data of this user, who has logged out or is replaced by another one. Undefined without a login. */
  userChanged(user: string | undefined): void;
  /** Reconnects, because the server knows one user for a connection. @param isPaced whether the server caused it */
  reconnectNow(reason: string, isPaced: boolean): void;
}

type State =
  | { readonly name: "disconnected" | "skipped" | "visitor" | "loggedIn" }
  | { readonly name: "connecting" | "assumed"; readonly token?: string | null }
  | { readonly name: "authenticating" | "refreshing"; readonly wasRefused: boolean };

/** The states in which private topics have to wait. */
const BLOCKING: readonly State["name"][] = ["disconnected", "connecting", "authenticating"];

/**
 * Fetches tokens from the application, and logs in with them on each connection.
 *
 * | state | event | next state |
 * | --- | --- | --- |
 * | any | a socket is opening | connecting; fetches a token, unless the user has logged out |
 * | | the connection is lost | disconnected; cancels the fetch |
 * | | `logout()` | the same without a token; reconnects if the server knows a user |
 * | connecting: the server's protocol is unknown | no frame for a second | assumed |
 * | connecting, assumed | a token arrives | the same, with the token |
 * | | `login()` | the same; fetches with the reason `login` |
 * | | first frame is a welcome | authenticating, with the token if there is one |
 * | | first frame is another | skipped; cancels the fetch |
 * | authenticating, refreshing | a token arrives | the same; sends `auth.login` |
 * | authenticating | the server accepts a token that `login()` has replaced | refreshing, with the user of that token |
 * | visitor | the same | disconnected; reconnects |
 * | | the server accepts the token | loggedIn |
 * | | it has another user | disconnected; reconnects |
 * | | the server refuses it for the first time | the same; fetches with the reason `rejected` |
 * | authenticating | `getToken` gives null | visitor |
 * | | the server refuses the token again | visitor, with an error |
 * | refreshing | `getToken` gives null | disconnected; reconnects |
 * | | the server refuses the token again | loggedIn until the old token expires, with an error |
 * | visitor | `login()` | authenticating; fetches with the reason `login` |
 * | loggedIn | `login()` | refreshing; fetches with the reason `login` |
 * | loggedIn | the token is about to expire | refreshing; fetches with the reason `refresh`, paced by a backoff |
 * | skipped: the server has no logins | `login()`, `logout()` | disconnected; reconnects, since the handshake identifies the user |
 *
 * Without the option `getToken` the state is always skipped.
 *
 * Private topics wait while the state is disconnected, connecting or authenticating. After a refused login the server refuses
 * each of them, so that each has its own error. In the state assumed they are sent, since a legacy server replies to them. If
 * a welcome follows, the server has only been slow: the client waits with the refused ones until the login.
 */
export class Login {
  readonly #settings: Settings;
  readonly #reporter: Reporter;
  readonly #actions: LoginActions;
  #state: State = { name: "disconnected" };
  #nextReason: TokenReason = "connect";
  #failures = 0;
  #isLoggedOut = false;
  /** The user of the last login; `""` if the server does not name users, undefined for a visitor. */
  #user: string | undefined;
  /** Aborts the latest fetch, and everything that follows from its token. */
  #abort = new AbortController();
  #cancelWelcomeWait = () => {};
  readonly #refreshPace: Pace;

  constructor(settings: Settings, reporter: Reporter, actions: LoginActions) {
    this.#settings = settings;
    this.#reporter = reporter;
    this.#actions = actions;
    this.#refreshPace = new Pace(settings);
    if (!settings.getToken) this.#state = { name: "skipped" };
  }

  /** Whether private topics and requests can be sent on this connection. */
  get allowsPrivate(): boolean {
    return !BLOCKING.includes(this.#state.name);
  }

  /** The user of the last login; undefined for a visitor. */
  get user(): string | undefined {
    return this.#user;
  }

  /** The user has logged in: fetches a token again, or reconnects if the handshake identifies the user. */
  login(): void {
    this.#isLoggedOut = false;
    const { name } = this.#state;
    if (name === "skipped") this.#leave("Logging in");
    else if (name === "disconnected") this.#nextReason = "login";
    else {
      if (name === "connecting" || name === "assumed") this.#state = { name };
      else this.#authenticate();
      this.#fetch("login");
    }
  }

  /** Continues as a visitor. */
  logout(): void {
    this.#isLoggedOut = true;
    this.#abort.abort();
    this.#drop();
    const { name } = this.#state;
    if (name === "connecting" || name === "assumed") this.#state = { name, token: null };
    else if (name !== "visitor") this.#actions.reconnectNow("Logged out", false);
  }

  /** A socket is opening: the token is fetched at the same time. */
  opening(): void {
    if (!this.#settings.getToken) return;
    this.#state = { name: "connecting" };
    // mutant: is-logged-out
    if (this.#isLoggedOut) this.#fetched(null);
    else this.#fetch(this.#nextReason);
  }

  /** The socket is open. */
  opened(): void {
    if (this.#state.name !== "connecting") return;
    this.#cancelWelcomeWait = this.#settings.clock.after(WELCOME_WAIT_MS, () => {
      this.#state = { ...this.#state, name: "assumed" };
      this.#actions.loginFinished(false);
    });
  }

  /** The first frame shows the server's protocol: only a session has logins. */
  detected(isSession: boolean): void {
    const state = this.#state;
    if (state.name !== "connecting" && state.name !== "assumed") return;
    this.#cancelWelcomeWait();
    if (isSession) {
      this.#state = { name: "authenticating", wasRefused: false };
      if (state.token !== undefined) this.#fetched(state.token);
    } else {
      this.#abort.abort();
      this.#finish("skipped", this.#user);
    }
  }

  /** The token is about to expire. */
  tokenExpiring(): void {
    // In the other states a token is being fetched already, or none is wanted.
    // mutant: is-refreshing
    if (this.#isLoggedOut || this.#state.name !== "loggedIn") return;
    this.#authenticate();
    const delayMs = /* mutant: pace-refreshes */ this.#refreshPace.delayMs();
    if (delayMs > 0) this.#fetchAfter(delayMs, "refresh");
    else this.#fetch("refresh");
  }

  /** The connection is lost, or the client is closed. */
  lost(code?: number): void {
    this.#abort.abort();
    this.#cancelWelcomeWait();
    if (this.#settings.getToken) this.#state = { name: "disconnected" };
    this.#nextReason = code === 4202 ? "rejected" : "connect";
  }

  #authenticate(): void {
    const { name } = this.#state;
    // Private topics go on while the token of the connection's user is replaced.
    const isReplaced = name === "loggedIn" || name === "refreshing";
    this.#state = { name: isReplaced ? "refreshing" : "authenticating", wasRefused: false };
  }

  /** Calls `getToken`, and again after a backoff if it fails. */
  #fetch(reason: TokenReason): void {
    const { getToken, clock, tokenTimeoutMs } = this.#settings;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const failed = (message: string, details?: ErrorOptions) => {
      if (signal.aborted) return;
      this.#fetchAfter(backoffMs(this.#settings, this.#failures++), reason);
      this.#reporter.report(new ClientError("token_failed", message, { retryable: true, ...details }));
    };
    const cancelTimeout = afterLimit(clock, tokenTimeoutMs, () =>
      failed(text`getToken gave no token within ${tokenTimeoutMs} ms`),
    );
    signal.addEventListener("abort", cancelTimeout);
    (async () => getToken?.({ reason, signal }))().then(
      (token) => {
        // mutant: is-outdated-token
        if (signal.aborted) return;
        cancelTimeout();
        this.#failures = 0;
        this.#fetched(token ?? null);
      },
      (cause) => failed(text`getToken failed: ${cause}`, { cause }),
    );
  }

  #fetchAfter(delayMs: number, reason: TokenReason): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    const cancel = this.#settings.clock.after(delayMs, () => this.#fetch(reason));
    this.#abort.signal.addEventListener("abort", cancel);
  }

  #fetched(token: string | null): void {
    const state = this.#state;
    if (state.name === "connecting" || state.name === "assumed") this.#state = { name: state.name, token };
    else if (token === null) {
      // The server cannot forget the user of a connection.
      if (state.name === "refreshing") this.#leave("Logged out");
      else this.#finish("visitor", undefined);
    } else if ("wasRefused" in state) {
      const { signal } = this.#abort;
      this.#actions.send(token, (refusal, user) => {
        // mutant: replaced-login
        if (signal.aborted) this.#replaced(refusal, user);
        else this.#replied(refusal, user);
      });
    }
  }

  #replied(refusal: ClientError | undefined, user: string): void {
    const state = this.#state;
    if (!("wasRefused" in state)) return;
    if (!refusal) this.#finish("loggedIn", user);
    else if (refusal.code === "subject_changed")
      this.#leave("Logging in as another user", /* mutant: pace-users */ true);
    else if (state.wasRefused) {
      this.#reporter.report(refusal);
      this.#finish(state.name === "refreshing" ? "loggedIn" : "visitor", this.#user);
    } else {
      this.#state = { name: state.name, wasRefused: true };
      this.#fetch("rejected");
    }
  }

  /** The reply to a login that another one has replaced: if the server accepts it, it knows the connection's user from now on. */
  #replaced(refusal: ClientError | undefined, user: string): void {
    const state = this.#state;
    if (refusal) return;
    if (state.name === "visitor") this.#leave("Logged out");
    else if (state.name === "authenticating") {
      this.#finish("loggedIn", user);
      this.#state = { name: "refreshing", wasRefused: state.wasRefused };
    }
  }

  /** Drops the user's data, and the connection on which the server knows the user. */
  #leave(reason: string, isPaced = false): void {
    this.#drop();
    this.#actions.reconnectNow(reason, isPaced);
  }

  #drop(): void {
    const user = this.#user;
    this.#user = undefined;
    this.#actions.userChanged(user);
  }

  #finish(name: "skipped" | "visitor" | "loggedIn", user: string | undefined): void {
    if (this.#user !== undefined && this.#user !== user) this.#drop();
    this.#user = user;
    this.#state = { name };
    this.#actions.loginFinished(name === "loggedIn");
  }
}
