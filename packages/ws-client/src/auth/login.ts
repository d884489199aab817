import { backoffMs } from "../connection/backoff.js";
import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import type { TokenReason } from "../options.js";

/** A server of the origin may say nothing before it is asked; a session's welcome comes with the handshake. */
const WELCOME_WAIT_MS = 1_000;

/** Who the client is to the server: asks the application for tokens, and logs in with them on each connection. */
export class Login {
  readonly #core: Core;
  #isDone: boolean;
  #isWelcome = false;
  /** A token that waits for the welcome; null where the application has none; undefined while it is asked for. */
  #token: string | null | undefined;
  #nextReason: TokenReason = "connect";
  #refusals = 0;
  #failures = 0;
  /** Answers that come after this are of no use. */
  #asking = new AbortController();
  #cancel = () => {};

  constructor(core: Core) {
    this.#core = core;
    this.#isDone = !core.settings.getToken;
  }

  /** Whether private topics may be asked for: logged in, or there is nothing to log in with. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** A socket is being opened: the token is fetched meanwhile. */
  opening(): void {
    if (!this.#isDone) this.#ask(this.#nextReason);
  }

  opened(): void {
    if (!this.#isDone) this.#cancel = this.#core.settings.clock.after(WELCOME_WAIT_MS, () => this.#finish());
  }

  /** The first frame told what the server speaks: only a session knows logins. */
  decided(isSession: boolean): void {
    if (this.#isDone) return;
    this.#cancel();
    this.#isWelcome = isSession;
    if (isSession) this.#trySend();
    else this.#finish();
  }

  /** The token runs out soon. */
  expiring(): void {
    if (this.#core.settings.getToken) this.#ask("refresh");
  }

  /** The connection is gone, or the client has ended. */
  lost(code?: number): void {
    this.#asking.abort();
    this.#cancel();
    this.#isDone = !this.#core.settings.getToken;
    this.#isWelcome = false;
    this.#refusals = 0;
    this.#nextReason = code === 4202 ? "rejected" : "connect";
  }

  #ask(reason: TokenReason): void {
    const { settings } = this.#core;
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#token = undefined;
    const { signal } = this.#asking;
    const asked = new Promise<string | null | undefined>((resolve) => resolve(settings.getToken?.({ reason, signal })));
    asked.then(
      (token) => {
        if (signal.aborted) return;
        this.#token = token ?? null;
        this.#trySend();
      },
      (cause) => {
        if (signal.aborted) return;
        this.#core.report(new ClientError("token_failed", `getToken failed: ${cause}`, { retryable: true, cause }));
        this.#cancel();
        this.#cancel = settings.clock.after(backoffMs(settings, this.#failures++), () => this.#ask(reason));
      },
    );
  }

  #trySend(): void {
    const token = this.#token;
    if (!this.#isWelcome || token === undefined) return;
    this.#token = undefined;
    if (token === null) this.#finish();
    else {
      const { signal } = this.#asking;
      this.#core.wire.login(token, (refusal) => {
        if (signal.aborted) return;
        if (!refusal) this.#refusals = 0;
        else if (this.#refusals++ === 0) return this.#ask("rejected");
        else this.#core.report(refusal);
        this.#finish();
      });
    }
  }

  /** After a refused login, too: what is private is then refused by the server, each topic with its own error. */
  #finish(): void {
    this.#isDone = true;
    this.#core.subscriptions.sendAll();
    this.#core.commands.flush();
  }
}
