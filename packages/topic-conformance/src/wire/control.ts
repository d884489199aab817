import { WireFault } from "./scenario.js";
import { shorten, type Trace } from "./trace.js";

/** Generous, because starting a server can take long and is not what a scenario measures. */
const CONTROL_TIMEOUT_MS = 120_000;

/** The settings of a server that a scenario starts. Every server keeps its defaults for the others. */
export interface StartSettings {
  readonly heartbeatIntervalMs?: number;
  readonly maxConnectionLifespanMs?: number;
  readonly maxSubscriptions?: number;
  readonly drainMs?: number;
}

/** The declaration of a server under test: its name, and what it has. */
export interface ServerHello {
  readonly name: string;
  readonly version: string;
  readonly features: readonly string[];
}

/** A server that a scenario has started for itself. */
export interface StartedServer {
  readonly url: string;
  readonly control: Control;
}

/**
 * The control endpoint of the server under test, which publishes, issues tokens and starts servers for the suite. Each
 * action is a POST of one JSON object; docs/wire.md describes them.
 */
export class Control {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async hello(): Promise<ServerHello> {
    const { name, version, features } = await this.#call({ action: "hello" });
    const isList = Array.isArray(features) && features.every((feature) => typeof feature === "string");
    if (typeof name === "string" && typeof version === "string" && isList) return { name, version, features };
    throw new WireFault(
      `${this.url}: expected {"name":string,"version":string,"features":[string]} as the reply to "hello", got ` +
        JSON.stringify({ name, version, features }),
    );
  }

  /** Publishes updates to a topic whose source is running. */
  async publish(topic: string, updates: readonly object[], trace: Trace): Promise<void> {
    await this.#call({ action: "publish", topic, updates }, trace);
  }

  /** Returns whether the source of a topic is running. */
  async isRunning(topic: string, trace: Trace): Promise<boolean> {
    const { topics } = await this.#call({ action: "topics" }, trace);
    if (!Array.isArray(topics))
      throw new WireFault(`${this.url}: expected {"topics":[string]} as the reply to "topics"`);
    return topics.includes(topic);
  }

  /** Ends a topic, as its source does when it fails. */
  async end(topic: string, trace: Trace): Promise<void> {
    await this.#call({ action: "end", topic }, trace);
  }

  /** Returns a token of a user, who may use the account with the user's name. */
  async token(subject: string, expiresInMs: number, trace: Trace): Promise<string> {
    const { token } = await this.#call({ action: "token", subject, expiresInMs }, trace);
    if (typeof token !== "string")
      throw new WireFault(`${this.url}: expected {"token":string} as the reply to "token"`);
    return token;
  }

  /** Returns the name of the cookie in which the server accepts a token, and an origin from which it does. */
  async cookie(trace: Trace): Promise<{ readonly name: string; readonly origin: string }> {
    const { cookie } = await this.#call({ action: "hello" }, trace);
    const { name, origin } = (cookie ?? {}) as Record<string, unknown>;
    if (typeof name === "string" && typeof origin === "string") return { name, origin };
    throw new WireFault(
      `${this.url}: expected "cookie":{"name":string,"origin":string} in the reply to "hello", got ${JSON.stringify(cookie)}`,
    );
  }

  /** Revokes all tokens of a user. */
  async revoke(subject: string, trace: Trace): Promise<void> {
    await this.#call({ action: "revoke", subject }, trace);
  }

  /** Withdraws a user's access to the account. The tokens stay valid. */
  async withdraw(subject: string, trace: Trace): Promise<void> {
    await this.#call({ action: "withdraw", subject }, trace);
  }

  /** Refuses a user all access, and closes the user's connections. The tokens stay valid. */
  async forbid(subject: string, trace: Trace): Promise<void> {
    await this.#call({ action: "forbid", subject }, trace);
  }

  /** Starts another server with these settings. */
  async start(settings: StartSettings, trace: Trace): Promise<StartedServer> {
    const { url, control } = await this.#call({ action: "start", settings }, trace);
    if (typeof url === "string" && typeof control === "string") return { url, control: new Control(control) };
    throw new WireFault(`${this.url}: expected {"url":string,"control":string} as the reply to "start"`);
  }

  /** Begins the shutdown of a started server. Replies before it ends. */
  async drain(trace: Trace): Promise<void> {
    await this.#call({ action: "drain" }, trace);
  }

  /** Stops a started server. */
  async stop(trace: Trace): Promise<void> {
    await this.#call({ action: "stop" }, trace);
  }

  async #call(body: object, trace?: Trace): Promise<Record<string, unknown>> {
    const text = JSON.stringify(body);
    trace?.add("→", "control", text);
    let response: Response;
    let reply: string;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: text,
        signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
      });
      reply = await response.text();
    } catch (cause) {
      throw new WireFault(
        `the control endpoint ${this.url} did not reply to ${shorten(text)}: ${reasonOf(cause as Error)}`,
        { cause },
      );
    }
    if (!response.ok) {
      throw new WireFault(
        `the control endpoint ${this.url} replied ${response.status} to ${shorten(text)}: ${shorten(reply)}`,
      );
    }
    try {
      return JSON.parse(reply === "" ? "{}" : reply) ?? {};
    } catch (cause) {
      throw new WireFault(`the control endpoint ${this.url} replied no JSON to ${shorten(text)}: ${shorten(reply)}`, {
        cause,
      });
    }
  }
}

/** Returns why a fetch failed. Node puts the system's error into the cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
