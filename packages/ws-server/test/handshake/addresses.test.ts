import { describe, expect, test } from "vitest";
import { addressGroup, clientAddress, trustedProxies } from "../../src/handshake/addresses.js";

const trusted = trustedProxies(["10.0.0.0/8", "192.168.1.1", "fd00::/16", "2001:db8:ffff::1"]);

describe("the client's address", () => {
  test.each<[string, string | undefined, string, string]>([
    ["without a proxy is the peer's", "203.0.113.7", "", "203.0.113.7"],
    ["cannot be forged by who is no proxy of ours", "203.0.113.7", "10.0.0.1, 198.51.100.1", "203.0.113.7"],
    ["is what our proxy says", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["is the nearest that is not ours", "10.0.0.1", "203.0.113.7, 10.9.9.9, 192.168.1.1", "203.0.113.7"],
    ["leaves out what the client forged to its left", "10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["leaves out a forged proxy of ours", "10.0.0.1", "1.1.1.1, 10.0.0.2, 203.0.113.7", "203.0.113.7"],
    ["is ours when all are", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["is the last known one before nonsense", "10.0.0.1", "203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"],
    ["is the proxy's before an empty hop", "10.0.0.1", "203.0.113.7,", "10.0.0.1"],
    ["is the proxy's where it says nothing", "10.0.0.1", "", "10.0.0.1"],
    ["is not a neighbour's of our block", "11.0.0.1", "203.0.113.7", "11.0.0.1"],
    ["is not the neighbour of one address", "192.168.1.2", "203.0.113.7", "192.168.1.2"],
    ["may come with a port", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
    ["may come in brackets", "10.0.0.1", "[2001:db8::7]", "2001:db8::7"],
    ["may come in brackets with a port", "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["mapped into IPv6 is IPv4", "::ffff:203.0.113.7", "", "203.0.113.7"],
    ["mapped into IPv6 in hex is IPv4", "10.0.0.1", "::ffff:cb00:7107", "203.0.113.7"],
    ["of a proxy may be mapped too", "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["of a forged mapped proxy does not count", "203.0.113.7", "1.1.1.1, ::ffff:10.0.0.1", "203.0.113.7"],
    ["through IPv6 proxies", "fd00::1", "2001:DB8:0:0:0::7, 2001:db8:ffff:0::1", "2001:db8::7"],
    ["has no zone", "fe80::1%eth0", "", "fe80::1"],
    ["of a leading zero is nonsense", "10.0.0.1", "010.0.0.1", "10.0.0.1"],
    ["of a number is nonsense", "10.0.0.1", "3405803783", "10.0.0.1"],
    ["of a host name is nonsense", "10.0.0.1", "localhost", "10.0.0.1"],
    ["of a script is nonsense", "10.0.0.1", "<script>alert(1)</script>", "10.0.0.1"],
    ["of a gone peer is unknown", undefined, "203.0.113.7", "unknown"],
  ])("%s", (_what, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(expected);
  });

  test("with no proxies trusted is the peer's, also from loopback", () => {
    expect(clientAddress("127.0.0.1", "203.0.113.7", trustedProxies([]))).toBe("127.0.0.1");
  });

  test("of 2,000 forged hops is found", () => {
    const forged = Array.from({ length: 2_000 }, () => "10.0.0.9").join(", ");
    expect(clientAddress("10.0.0.1", `${forged}, 203.0.113.7`, trusted)).toBe("203.0.113.7");
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

  test("the same, however it is written", () => {
    const forms = ["2001:db8:0:0:1::1", "2001:0db8::1:0:0:2", "2001:DB8::1:FFFF:FFFF:1"];
    const groups = forms.map((form) => addressGroup(clientAddress(form, "", trusted)));
    expect(new Set(groups)).toEqual(new Set(["2001:db8:0:0::/64"]));
  });
});
