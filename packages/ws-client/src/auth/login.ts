import { backoffMs } from "../connection/backoff.js";
import { ClientError } from "../errors.js";
import type { Settings, TokenReason } from "../options.js";
import type { Reporter } from "../reporter.js";

/** Time to wait for the welcome: a session sends it with the handshake, a legacy server sends nothing unprompted. */
const WELCOME_WAIT_MS = 1_000;

/** The actions that a login takes. */
export interface LoginActions {
  /** Sends `auth.login`, and calls back with the refusal, or with nothing if the server accepts. */
  send(token: string, replied: (refusal?: ClientError) => void): void;
  /** Sends the private subscriptions and requests that were waiting. */
  finished(): void;
}

type State =
  | { readonly name: "disconnected" | "skipped" | "finished" }
  | { readonly name: "connecting"; readonly token?: string | null }
  | { readonly name: "authenticating" | "refreshing"; readonly wasRefused: boolean };

/** The states in which private topics have to wait. */
const BLOCKING: readonly State["name"][] = ["disconnected", "connecting", "authenticating"];

/**
 * Fetches tokens from the application, and logs in with them on each connection.
 *
 * | state | event | next state |
 * | --- | --- | --- |
 * | any | a socket is opening | connecting; fetches a token |
 * | | the connection is lost | disconnected; cancels the fetch |
 * | connecting: the server's protocol is unknown | a token arrives | connecting, with the token |
 * | | first frame is a welcome | authenticating, with the token if there is one |
 * | | first frame is another, or none for a second | skipped; cancels the fetch |
 * | authenticating, refreshing | a token arrives | the same; sends `auth.login` |
 * | | there is no token | finished |
 * | | the server accepts the token | finished |
 * | | the server refuses it for the first time | the same; fetches with the reason `rejected` |
 * | | the server refuses it again | finished, with an error |
 * | | the token is about to expire | the same; fetches with the reason `refresh` |
 * | finished | the token is about to expire | refreshing; fetches with the reason `refresh` |
 * | skipped: the server has no logins | | |
 *
 * Without the option `getToken` the state is always skipped.
 *
 * Private topics wait while the state is disconnected, connecting or authenticating. After a refused login the server refuses
 * each of them, so that each has its own error.
 */
export class Login {
  readonly #settings: Settings;
  readonly #reporter: Reporter;
  readonly #actions: LoginActions;
  #state: State = { name: "disconnected" };
  #nextReason: TokenReason = "connect";
  #failures = 0;
  /** Aborts the latest fetch, and everything that follows from its token. */
  #abort = new AbortController();
  #cancelWelcomeWait = () => {};

  constructor(settings: Settings, reporter: Reporter, actions: LoginActions) {
    this.#settings = settings;
    this.#reporter = reporter;
    this.#actions = actions;
    if (!settings.getToken) this.#state = { name: "skipped" };
  }

  /** Whether private topics and requests can be sent on this connection. */
  get allowsPrivate(): boolean {
    return !BLOCKING.includes(this.#state.name);
  }

  /** A socket is opening: the token is fetched at the same time. */
  opening(): void {
    if (!this.#settings.getToken) return;
    this.#state = { name: "connecting" };
    this.#fetch(this.#nextReason);
  }

  /** The socket is open. */
  opened(): void {
    if (this.#state.name !== "connecting") return;
    this.#cancelWelcomeWait = this.#settings.clock.after(WELCOME_WAIT_MS, () => this.detected(false));
  }

  /** The first frame shows the server's protocol: only a session has logins. */
  detected(isSession: boolean): void {
    const state = this.#state;
    if (state.name !== "connecting") return;
    this.#cancelWelcomeWait();
    if (isSession) {
      this.#state = { name: "authenticating", wasRefused: false };
      if (state.token !== undefined) this.#fetched(state.token);
    } else {
      this.#abort.abort();
      this.#finish("skipped");
    }
  }

  /** The token is about to expire. */
  expiring(): void {
    const { name } = this.#state;
    if (name !== "authenticating" && name !== "refreshing" && name !== "finished") return;
    this.#state = { name: name === "finished" ? "refreshing" : name, wasRefused: false };
    this.#fetch("refresh");
  }

  /** The connection is lost, or the client is closed. */
  lost(code?: number): void {
    this.#abort.abort();
    this.#cancelWelcomeWait();
    if (this.#settings.getToken) this.#state = { name: "disconnected" };
    this.#nextReason = code === 4202 ? "rejected" : "connect";
  }

  /** Calls `getToken`, and again after a backoff if it fails. */
  #fetch(reason: TokenReason): void {
    const settings = this.#settings;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    new Promise<string | null | undefined>((resolve) => resolve(settings.getToken?.({ reason, signal }))).then(
      (token) => /* mutant: is-outdated-token */ signal.aborted || this.#fetched(token ?? null),
      (cause) => {
        if (signal.aborted) return;
        const wait = backoffMs(settings, this.#failures++);
        signal.addEventListener(
          "abort",
          settings.clock.after(wait, () => this.#fetch(reason)),
        );
        this.#reporter.report(new ClientError("token_failed", `getToken failed: ${cause}`, { retryable: true, cause }));
      },
    );
  }

  #fetched(token: string | null): void {
    const state = this.#state;
    if (state.name === "connecting") this.#state = { name: "connecting", token };
    else if (token === null) this.#finish("finished");
    else if ("wasRefused" in state) {
      const { signal } = this.#abort;
      this.#actions.send(token, (refusal) => {
        if (signal.aborted) return;
        if (refusal && !state.wasRefused) {
          this.#state = { name: state.name, wasRefused: true };
          this.#fetch("rejected");
          return;
        }
        if (refusal) this.#reporter.report(refusal);
        this.#finish("finished");
      });
    }
  }

  #finish(name: "skipped" | "finished"): void {
    this.#state = { name };
    this.#actions.finished();
  }
}
