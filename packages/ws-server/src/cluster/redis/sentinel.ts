import { createClient } from "redis";
import type { Clock } from "../../platform/clock.js";
import { withTimeout } from "../../platform/timeout.js";
import type { RedisTlsOptions } from "./connection.js";
import { addressOf, type RedisAddress, type RedisEndpoint, type SentinelGroup } from "./endpoint.js";
import { RedisProblem, redisProblem, SILENT } from "./problems.js";

/** The settings of a question to Sentinels. */
export interface SentinelOptions {
  readonly tls: RedisTlsOptions;
  /** Time limit for the answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Sentences by the start of an error reply, where they differ from those of a Redis server. */
const SENTENCES: readonly (readonly [start: RegExp, sentence: string])[] = [
  [/^ERR unknown command/, "is a Redis server, not a Sentinel: write redis:// instead of redis+sentinel://"],
  [/^NOAUTH/, "requires a password: add ?sentinelPassword=… to the URL"],
  [/^WRONGPASS/, "refuses the user name or the password: check sentinelUser and sentinelPassword in the URL"],
];

/**
 * Returns the endpoint with the address of the present primary, as its Sentinels name it; an endpoint without Sentinels as it is.
 * All are asked at the same time, and the first answer counts, so that one that is down delays nothing.
 *
 * @throws RedisProblem if none of them knows it, with the reason of each
 */
export async function primaryOf(endpoint: RedisEndpoint, options: SentinelOptions): Promise<RedisEndpoint> {
  const { sentinels } = endpoint;
  if (sentinels === undefined) return endpoint;
  const answers = sentinels.addresses.map((address) => ask({ ...endpoint, address }, sentinels, options));
  try {
    return { ...endpoint, address: await Promise.any(answers) };
  } catch (error) {
    const problems = (error as AggregateError).errors.map(({ message }: Error) => message);
    throw new RedisProblem(problems.join("; "), { cause: error });
  }
}

/** Asks one Sentinel, which `endpoint` has as its address. */
async function ask(
  endpoint: RedisEndpoint,
  { name, username, password }: SentinelGroup,
  { tls, timeoutMs, clock }: SentinelOptions,
): Promise<RedisAddress> {
  const place = addressOf(endpoint);
  const limits = { reconnectStrategy: false, connectTimeout: timeoutMs } as const;
  const client = createClient({
    RESP: 3,
    socket: endpoint.isTls ? { ...tls, ...endpoint.address, tls: true, ...limits } : { ...endpoint.address, ...limits },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
  });
  const failed = new Promise<never>((_resolve, reject) => client.on("error", reject));
  failed.catch(() => {});
  const asking = async () => {
    await client.connect();
    return client.sendCommand<[string, string] | null>(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
  };
  try {
    const late = () => new RedisProblem(`Sentinel at ${place} ${SILENT}`);
    const reply = await withTimeout(clock, timeoutMs, Promise.race([asking(), failed]), late);
    if (reply === null) {
      throw new RedisProblem(
        `Sentinel at ${place} does not monitor ${JSON.stringify(name)}: check the name after the hosts in the URL`,
      );
    }
    return { host: reply[0], port: Number(reply[1]) };
  } catch (error) {
    const sentence = SENTENCES.find(([start]) => start.test((error as Error).message))?.[1];
    if (sentence !== undefined) throw new RedisProblem(`Sentinel at ${place} ${sentence}`, { cause: error });
    throw redisProblem(place, error, "Sentinel");
  } finally {
    try {
      client.destroy();
    } catch {
      // The library throws if it has closed the client itself.
    }
  }
}
