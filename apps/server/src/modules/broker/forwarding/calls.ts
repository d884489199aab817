import { TIMES_IN_FORCE } from "@trading/topic";
import { z } from "zod";
import type { BrokerService } from "../broker.js";

/** Longer than any id, symbol or key that the broker accepts; it checks them itself. */
const text = z.string().max(256);
const price = z.number().optional();

const brackets = z.strictObject({ takeProfit: price, stopLoss: price });
const order = z.strictObject({
  ...brackets.shape,
  symbol: text,
  type: z.number(),
  side: z.number(),
  qty: z.number(),
  limitPrice: price,
  stopPrice: price,
  timeInForce: z.enum(TIMES_IN_FORCE).optional(),
  expiresAt: z.number().optional(),
});

/** An optional argument, which JSON writes as null. */
const optional = <Value>(schema: z.ZodType<Value>) => schema.nullish().transform((value) => value ?? undefined);
const key = optional(text);

/** The calls that a server forwards to the one that runs the broker. */
export const CALLS = {
  snapshot: { isRead: true, args: z.tuple([text]) },
  executions: { isRead: true, args: z.tuple([text, optional(text), z.int().min(1).max(1_000)]) },
  preview: { isRead: true, args: z.tuple([text, order]) },
  leverage: { isRead: true, args: z.tuple([text]) },
  previewLeverage: { isRead: true, args: z.tuple([text, z.number()]) },
  place: { isRead: false, args: z.tuple([text, order, key]) },
  modify: { isRead: false, args: z.tuple([text, text, order, key]) },
  cancel: { isRead: false, args: z.tuple([text, text, key]) },
  closePosition: { isRead: false, args: z.tuple([text, text, optional(z.number()), key]) },
  editBrackets: { isRead: false, args: z.tuple([text, text, brackets, key]) },
  setLeverage: { isRead: false, args: z.tuple([text, z.number(), key]) },
  halt: { isRead: false, args: z.tuple([text, z.string().max(4_096).nullable()]) },
  cancelAll: { isRead: false, args: z.tuple([text]) },
} as const satisfies { readonly [Name in keyof BrokerService]?: Call };

interface Call {
  /** Whether it changes nothing, so that it can be repeated if its outcome is unknown. */
  readonly isRead: boolean;
  readonly args: z.ZodType<readonly unknown[]>;
}

export type CallName = keyof typeof CALLS;

/** The part of a broker that works on any server of a cluster. */
export type BrokerCalls = Pick<BrokerService, CallName>;

/** Builds a broker whose calls are passed to a function. */
export function brokerCalls(call: (name: CallName, args: readonly unknown[]) => Promise<unknown>): BrokerCalls {
  const names = Object.keys(CALLS) as readonly CallName[];
  const calls = names.map((name) => [name, (...args: readonly unknown[]) => call(name, args)]);
  return Object.fromEntries(calls) as BrokerCalls;
}
