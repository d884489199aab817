import { SourceError } from "@trading/ws-server";
import { z } from "zod";
import { Refusal, type RefusalCode } from "../engine/refusal.js";
import { CALLS, type CallName } from "./calls.js";

/** A call, whose arguments have been checked. */
export interface ParsedCall {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** The outcome of a call. */
export type Outcome = { readonly result: unknown } | { readonly error: Refusal | SourceError };

const call = z.tuple([z.enum(Object.keys(CALLS) as [CallName, ...CallName[]]), z.array(z.unknown())]);
const failure = z.object({
  kind: z.enum(["refusal", "error"]),
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
});

export function encodeCall(name: CallName, args: readonly unknown[]): string {
  return JSON.stringify([name, args]);
}

/** Parses a call of another server. @throws ZodError or SyntaxError if it is not one */
export function parseCall(body: string): ParsedCall {
  const [name, args] = call.parse(JSON.parse(body));
  return { name, args: CALLS[name].args.parse(args) };
}

export function encodeOutcome(outcome: Outcome): string {
  if ("result" in outcome) return JSON.stringify({ result: outcome.result }, replaceSpecial);
  return JSON.stringify({ error: failureOf(outcome.error) });
}

/** Parses the outcome of a call. The result's type is that of the call, as the server that runs the broker is trusted. */
export function parseOutcome(body: string): Outcome {
  const outcome = JSON.parse(body, reviveSpecial) as { readonly result?: unknown; readonly error?: unknown };
  return outcome.error === undefined ? { result: outcome.result } : { error: errorOf(outcome.error) };
}

/** Writes amounts and refusals, which JSON does not have, as objects with one member. No row has such an object. */
function replaceSpecial(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return { $amount: String(value) };
  return value instanceof Refusal ? { $refusal: failureOf(value) } : value;
}

function reviveSpecial(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$amount" in value) return BigInt(value.$amount as string);
  return "$refusal" in value ? errorOf(value.$refusal) : value;
}

function failureOf(error: Refusal | SourceError): z.output<typeof failure> {
  const { code, message } = error;
  if (error instanceof Refusal) return { kind: "refusal", code, message, retryable: false };
  return { kind: "error", code, message, retryable: error.retryable };
}

function errorOf(value: unknown): Refusal | SourceError {
  const { kind, code, message, retryable } = failure.parse(value);
  return kind === "refusal" ? new Refusal(code as RefusalCode, message) : new SourceError(code, message, { retryable });
}
