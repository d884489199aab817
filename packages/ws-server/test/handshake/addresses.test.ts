import { describe, expect, test } from "vitest";
import { addressGroup, clientAddress, limitedAddresses, trustedProxies } from "../../src/handshake/addresses.js";

const trusted = trustedProxies(["10.0.0.0/8", "192.168.1.1", "fd00::/16", "2001:db8:ffff::1"]);

describe("the client's address", () => {
  test.each<[string, string | undefined, string, string]>([
    ["is the peer's address without a proxy", "203.0.113.7", "", "203.0.113.7"],
    ["cannot be forged by a peer that is not a trusted proxy", "203.0.113.7", "10.0.0.1, 198.51.100.1", "203.0.113.7"],
    ["is the address that a trusted proxy reports", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["is the nearest hop that is not a trusted proxy", "10.0.0.1", "203.0.113.7, 10.9.9.9, 192.168.1.1", "203.0.113.7"],
    ["ignores the hops that the client forged on the left", "10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["ignores a forged trusted proxy", "10.0.0.1", "1.1.1.1, 10.0.0.2, 203.0.113.7", "203.0.113.7"],
    ["is the first hop when all hops are trusted proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["is the last valid hop before an invalid one", "10.0.0.1", "203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"],
    ["is the proxy's address before an empty hop", "10.0.0.1", "203.0.113.7,", "10.0.0.1"],
    ["is the proxy's address when it reports none", "10.0.0.1", "", "10.0.0.1"],
    ["is the peer's address outside a trusted block", "11.0.0.1", "203.0.113.7", "11.0.0.1"],
    ["is the peer's address next to a trusted one", "192.168.1.2", "203.0.113.7", "192.168.1.2"],
    ["can have a port", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
    ["can be in brackets", "10.0.0.1", "[2001:db8::7]", "2001:db8::7"],
    ["can be in brackets with a port", "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["is IPv4 when it is mapped into IPv6", "::ffff:203.0.113.7", "", "203.0.113.7"],
    ["is IPv4 when it is mapped into IPv6 in hex", "10.0.0.1", "::ffff:cb00:7107", "203.0.113.7"],
    ["of a trusted proxy can be mapped as well", "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["ignores a forged, mapped trusted proxy", "203.0.113.7", "1.1.1.1, ::ffff:10.0.0.1", "203.0.113.7"],
    ["is found through IPv6 proxies", "fd00::1", "2001:DB8:0:0:0::7, 2001:db8:ffff:0::1", "2001:db8::7"],
    ["does not include a zone", "fe80::1%eth0", "", "fe80::1"],
    ["with a leading zero is invalid", "10.0.0.1", "010.0.0.1", "10.0.0.1"],
    ["as one number is invalid", "10.0.0.1", "3405803783", "10.0.0.1"],
    ["as a host name is invalid", "10.0.0.1", "localhost", "10.0.0.1"],
    ["as a script is invalid", "10.0.0.1", "<script>alert(1)</script>", "10.0.0.1"],
    ["of a disconnected peer is unknown", undefined, "203.0.113.7", "unknown"],
  ])("%s", (_what, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(expected);
  });

  test("is the peer's address without trusted proxies, also from loopback", () => {
    expect(clientAddress("127.0.0.1", "203.0.113.7", trustedProxies([]))).toBe("127.0.0.1");
  });

  test("is found behind 2,000 forged hops", () => {
    const forged = Array.from({ length: 2_000 }, () => "10.0.0.9").join(", ");
    expect(clientAddress("10.0.0.1", `${forged}, 203.0.113.7`, trusted)).toBe("203.0.113.7");
  });
});

describe("the limits of an address", () => {
  const PUBLIC = ["203.0.113.7", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2001:db8::7", "fec0::1"];
  const OTHERS = [
    ...["127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1", "0.0.0.0"],
    ...["::1", "::", "fd00::1", "fe80::1", "unknown", "memory", ""],
  ];

  test("apply to public addresses only, if it is not known whether there are proxies", () => {
    const isLimited = limitedAddresses(undefined);
    expect(PUBLIC.filter((address) => !isLimited(address))).toEqual([]);
    expect(OTHERS.filter(isLimited)).toEqual([]);
  });

  test("apply to all addresses with a list of proxies, also with an empty one", () => {
    for (const proxies of [[], ["10.0.0.1"]]) {
      expect([...PUBLIC, ...OTHERS].every(limitedAddresses(proxies))).toBe(true);
    }
  });
});

describe("an address is counted as", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001::1:0:0:0:1", "2001:0:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["unknown", "unknown"],
  ])("%s: %s", (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });

  test("the same group in every notation", () => {
    const forms = ["2001:db8:0:0:1::1", "2001:0db8::1:0:0:2", "2001:DB8::1:FFFF:FFFF:1"];
    const groups = forms.map((form) => addressGroup(clientAddress(form, "", trusted)));
    expect(new Set(groups)).toEqual(new Set(["2001:db8:0:0::/64"]));
  });
});
