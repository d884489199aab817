import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { WsServerError } from "../errors.js";

/** Returns whether the address is a trusted proxy, whose X-Forwarded-For header is therefore believed. */
export type TrustedProxies = (address: string) => boolean;

/**
 * Creates the check for a list of trusted proxies.
 *
 * @param proxies addresses and CIDR blocks, such as `10.0.0.0/8` or `fd00::1`
 * @throws WsServerError `invalid_option`, naming the invalid entry
 */
export function trustedProxies(proxies: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const text of proxies) {
    const [address, prefix] = block(text);
    list.addSubnet(address, prefix, familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

/** Private, loopback and link-local addresses, and those behind a provider's translation: RFC 6890, RFC 4193 and RFC 6598. */
const NOT_PUBLIC = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  ...["::/128", "::1/128", "fc00::/7", "fe80::/10"],
];

/** Returns whether the limits of an address apply to it. */
export type LimitedAddresses = (address: string) => boolean;

/**
 * Creates the check whether the limits of an address apply to it: with a list of trusted proxies, to every address; without
 * one, to public addresses. A private address can then be that of a proxy, a load balancer or a container's gateway, behind
 * which all clients have one address. No header is read, so that no client chooses whether it is limited.
 *
 * @param proxies the list, which can be empty; undefined if it is not known whether there are proxies
 */
export function limitedAddresses(proxies: readonly string[] | undefined): LimitedAddresses {
  if (proxies !== undefined) return () => true;
  const isNotPublic = trustedProxies(NOT_PUBLIC);
  return (address) => isIP(address) !== 0 && !isNotPublic(address);
}

/**
 * Returns the client's address: the first one, starting at the nearest hop, that is not a trusted proxy. Any other host can
 * write anything into X-Forwarded-For, so entries to the left of it are ignored.
 *
 * @param peer the socket's remote address; undefined if it has none, as on a Unix socket
 * @param forwardedFor the X-Forwarded-For header, with its lines joined by commas
 * @returns the address in canonical form, with IPv4-mapped IPv6 addresses as IPv4; `unknown` without a peer
 */
export function clientAddress(peer: string | undefined, forwardedFor: string, trusted: TrustedProxies): string {
  let address = canonicalAddress(peer ?? "");
  if (address === undefined) return "unknown";
  for (const hop of forwardedFor.split(",").reverse()) {
    if (!trusted(address)) break;
    const next = canonicalAddress(withoutPort(hop.trim()));
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/**
 * Returns the group under which an address is counted. An IPv6 customer usually has a whole /64, so it is one group.
 *
 * @param address as returned by {@link clientAddress}
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(8 - left.length - right.length).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/** Returns the address in canonical form; undefined if the text is not an address. */
function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return undefined;
  // The URL parser normalizes IPv6 addresses, but does not accept zones.
  const canonical = new URL(`http://[${text.split("%")[0]}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((pair) => [pair >> 8, pair & 0xff]).join(".");
}

/** Removes the port. Some proxies write `203.0.113.7:4711` or `[2001:db8::7]:4711`. */
function withoutPort(hop: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
  return bracketed ?? dotted ?? hop;
}

function block(text: string): [address: string, prefix: number] {
  const [address = "", prefix, ...rest] = text.split("/");
  const canonical = canonicalAddress(address);
  const bits = canonical !== undefined && isIPv4(canonical) ? 32 : 128;
  // A prefix length refers to the address as written: ::ffff:10.0.0.0/104 is not 10.0.0.0/104.
  const mapped = bits === 32 && isIPv6(address);
  const size = prefix === undefined ? bits : Number(prefix);
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && size <= bits && !mapped);
  if (canonical !== undefined && isPrefix && rest.length === 0 && !address.includes("%")) return [canonical, size];
  throw new WsServerError(
    "invalid_option",
    `Invalid option "trustedProxies": expected addresses or CIDR blocks such as 10.0.0.1 or 10.0.0.0/8, got ${JSON.stringify(text)}`,
  );
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
