import {
  ADDRESS_LIMITS,
  ANONYMOUS_LIMITS,
  type ClientLimits,
  type LimitsByScope,
  NO_LIMITS,
  PRINCIPAL_LIMITS,
} from "./client-limits.js";

/** The options of a server that limit its clients. */
export interface LimitOptions extends ClientLimits {
  readonly anonymousLimits?: Partial<ClientLimits>;
  readonly addressLimits?: Partial<ClientLimits>;
  readonly principalLimits?: Partial<ClientLimits>;
  /** Without it, no connection has a login. */
  readonly authenticate?: unknown;
}

/**
 * Returns the limits of each scope. The default of a connection before its login is at most that of one after it, and the
 * default of several connections at least that of one.
 */
export function limitsByScope(options: LimitOptions): LimitsByScope {
  const { authenticate, anonymousLimits, addressLimits, principalLimits } = options;
  // Without the other options.
  const connection = combine(options, options, Math.min);
  const anonymous = { ...combine(connection, ANONYMOUS_LIMITS, Math.min), ...anonymousLimits };
  return {
    connection,
    anonymous: authenticate === undefined ? connection : anonymous,
    address: { ...combine(connection, ADDRESS_LIMITS, Math.max), ...addressLimits },
    principal: { ...combine(connection, PRINCIPAL_LIMITS, Math.max), ...principalLimits },
  };
}

/** Combines two limits each. A limit that is off for a connection is off by default. */
function combine(own: ClientLimits, defaults: ClientLimits, choose: (a: number, b: number) => number): ClientLimits {
  const combined: Record<keyof ClientLimits, number> = { ...NO_LIMITS };
  for (const name of Object.keys(combined) as (keyof ClientLimits)[]) {
    if (own[name] !== 0) combined[name] = choose(own[name], defaults[name]);
  }
  return combined;
}
