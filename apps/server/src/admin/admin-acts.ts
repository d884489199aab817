import { closeCodes } from "@trading/topic";
import {
  type ConnectionInfo,
  type LogLevel,
  type Revocation,
  type StreamServer,
  type TopicInfo,
  WsServerError,
} from "@trading/ws-server";
import { Problem } from "../http/problem.js";
import { DatafeedError } from "../modules/datafeed/errors.js";
import type { OutsideTrades, TradeFeed } from "../modules/datafeed/sources/external/trades.js";
import type { AccountControl, ServerModule, WorkingOrder } from "../modules/module.js";
import { Audit, type Operator } from "./audit.js";
import { type OutsideUpdate, type Published, Publishing } from "./publishing.js";
import type { ConnectionFilter, Page, StreamControl } from "./stream-control.js";

/** The parts of a running server that operators act on. */
export interface AdminParts {
  readonly stream: StreamServer;
  readonly modules: readonly ServerModule[];
  readonly logger: {
    level: LogLevel;
    /** Writes a line at every level. */
    audit(message: string, fields: Readonly<Record<string, unknown>>): void;
  };
  readonly control: StreamControl;
  /** Receives the trades of other programs; undefined unless DATAFEED=external. */
  readonly feed: TradeFeed | undefined;
}

/** The acts of operators. Every one that changes something writes one audit line. */
export class AdminActs {
  readonly #parts: AdminParts;
  readonly #audit: Audit;
  readonly #publishing: Publishing;

  constructor(parts: AdminParts) {
    const { stream, modules, logger } = parts;
    this.#parts = parts;
    this.#audit = new Audit((message, fields) => logger.audit(message, fields));
    this.#publishing = new Publishing(
      stream,
      modules.map(({ streams }) => streams),
    );
  }

  connections(filter: ConnectionFilter, limit: number): Promise<Page<ConnectionInfo>> {
    return this.#parts.control.connections(filter, limit);
  }

  topics(route: string | undefined, limit: number): Promise<Page<TopicInfo>> {
    return this.#parts.control.topics(route, limit);
  }

  /** @throws Problem 404; 400 for a code or a reason that no close frame can carry */
  closeConnection(by: Operator, id: string, code: number = closeCodes.restart.code, reason = "Closed by the operator") {
    return this.#audit.record(by, "close", { connection: id, code }, async () => {
      const isClosed = await asProblem(() => this.#parts.control.close(id, code, reason));
      if (!isClosed) {
        throw new Problem(404, `There is no connection ${JSON.stringify(id)}: list them with admin connections.`);
      }
    });
  }

  publish(by: Operator, updates: readonly OutsideUpdate[]): Promise<Published> {
    const routes = [...new Set(updates.map(({ route }) => route))].join(", ");
    return this.#audit.record(
      by,
      "publish",
      { routes, updates: updates.length },
      () => this.#publishing.publish(updates),
      ({ published, notRunning }) => ({ published, notRunning: notRunning.length }),
    );
  }

  /** @throws Problem 409 unless DATAFEED=external; 400 or 404 for invalid trades */
  trade(by: Operator, symbol: string, trades: OutsideTrades): Promise<void> {
    return this.#audit.record(by, "trade", { symbol, trades: trades.trades.length }, () => {
      const { feed } = this.#parts;
      if (feed === undefined) {
        throw new Problem(
          409,
          "This server makes its own prices: set DATAFEED=external to send it trades.",
          "other_feed",
        );
      }
      return asProblem(() => feed.add(symbol, trades));
    });
  }

  get revocations(): readonly Revocation[] {
    return this.#parts.control.revocations;
  }

  /** @returns the number of closed connections */
  revoke(by: Operator, revocation: Revocation): Promise<number> {
    return this.#audit.record(
      by,
      "revoke",
      targetOf(revocation),
      () => asProblem(() => this.#parts.control.revoke(revocation)),
      (closed) => ({ closed }),
    );
  }

  /** @throws Problem 404 */
  restore(by: Operator, revocation: Revocation): Promise<void> {
    return this.#audit.record(by, "restore", targetOf(revocation), async () => {
      const isRestored = await asProblem(() => this.#parts.control.restore(revocation));
      if (!isRestored) throw new Problem(404, "This subject or token is not revoked.");
    });
  }

  async workingOrders(account: string): Promise<readonly WorkingOrder[]> {
    return this.#accounts().workingOrders(account);
  }

  cancel(by: Operator, account: string, order: string): Promise<void> {
    return this.#audit.record(by, "cancel", { account, order }, () => this.#accounts().cancel(account, order));
  }

  /** @returns the number of cancelled orders */
  cancelAll(by: Operator, account: string): Promise<number> {
    return this.#audit.record(
      by,
      "cancel all",
      { account },
      () => this.#accounts().cancelAll(account),
      (cancelled) => ({ cancelled }),
    );
  }

  /** @param reason shown to the account's user; null accepts orders again */
  halt(by: Operator, account: string, reason: string | null): Promise<void> {
    const target = reason === null ? { account } : { account, why: reason };
    return this.#audit.record(by, reason === null ? "resume" : "halt", target, () =>
      this.#accounts().halt(account, reason),
    );
  }

  get logLevel(): LogLevel {
    return this.#parts.logger.level;
  }

  setLogLevel(by: Operator, level: LogLevel): Promise<void> {
    const { logger } = this.#parts;
    return this.#audit.record(by, "log level", { from: logger.level, to: level }, () => {
      logger.level = level;
    });
  }

  #accounts(): AccountControl {
    const [control] = this.#parts.modules.flatMap(({ accounts }) => accounts ?? []);
    if (control !== undefined) return control;
    throw new Problem(409, "This server has no accounts: enable the module broker in ENABLED_MODULES.", "no_accounts");
  }
}

/** Returns the fields of an audit line. The logger removes the values of fields that are named like secrets. */
function targetOf(revocation: Revocation): Record<string, string> {
  return "subject" in revocation ? { subject: revocation.subject } : { jti: revocation.tokenId };
}

/** Runs a call of the stream server or the feed. @throws Problem for invalid arguments */
async function asProblem<Result>(call: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof DatafeedError) {
      throw new Problem(error.code === "unknown_symbol" ? 404 : 400, error.message, error.code);
    }
    if (error instanceof WsServerError) throw new Problem(400, `${error.message}.`, error.code);
    throw error;
  }
}
