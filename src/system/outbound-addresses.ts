/**
 * Which addresses the outbound guard leaves open. Only plain public ones are, plus what the operator allowed:
 * a channel's URL comes from a person, and must not become a way into the network Rollcall runs in.
 */
import ipaddr from "ipaddr.js";
import { RollcallError } from "../domain/errors.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address (as a range of one) or a CIDR range that is open although it is private. */
export type AllowedRange = readonly [Address, number];

/**
 * Where clouds hand out credentials. The first is link-local anyway and only named here; the second, Azure's host
 * agent, lies in a public range: https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const METADATA: readonly string[] = ["169.254.169.254", "168.63.129.16"];
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR("2002::/16");

/** Throws when an entry is neither an address nor a range: a wall with a hole nobody meant is worse than none. */
export function readAllowList(entries: readonly string[]): readonly AllowedRange[] {
  return entries.map((entry) => {
    if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
    if (!ipaddr.isValid(entry)) {
      throw new RollcallError(
        "invalid_request",
        `ROLLCALL_OUTBOUND_ALLOW holds ${JSON.stringify(entry)}, which is neither an address nor a CIDR range.`,
      );
    }
    const address = ipaddr.parse(entry);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  });
}

/** Null when the address is open, else what kind of address it is, in words for the operator. */
export function whyClosed(text: string, allowed: readonly AllowedRange[]): string | null {
  if (!ipaddr.isValid(text)) return "not an IP address";
  const address = ipaddr.parse(text);
  const inner = embeddedIpv4(address);
  if (allowed.some((range) => isIn(address, range) || (inner !== null && isIn(inner, range)))) return null;
  return inner === null ? kindOfClosed(address) : kindOfClosed(inner);
}

function kindOfClosed(address: Address): string | null {
  if (METADATA.includes(address.toString())) return "a cloud metadata address";
  const range = address.range();
  if (range !== "unicast") return `a ${RANGE_WORDS[range] ?? "reserved"} address`;
  // Global unicast is 2000::/3 alone; the old ::a.b.c.d form, for one, is "unicast" to the parser.
  return address.kind() === "ipv6" && !isIn(address, PUBLIC_IPV6) ? "a reserved address" : null;
}

/** Other ranges are told as "reserved". */
const RANGE_WORDS: Readonly<Record<string, string>> = {
  private: "private",
  uniqueLocal: "private",
  loopback: "loopback",
  linkLocal: "link-local",
  carrierGradeNat: "carrier-grade NAT",
  multicast: "multicast",
  broadcast: "broadcast",
  unspecified: "unspecified",
};

/** The IPv4 address that packets to this IPv6 address end up at, where one is written inside it. */
function embeddedIpv4(address: Address): ipaddr.IPv4 | null {
  if (!(address instanceof ipaddr.IPv6)) return null;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  if (isIn(address, NAT64)) return new ipaddr.IPv4(bytes.slice(12, 16));
  if (isIn(address, SIX_TO_FOUR)) return new ipaddr.IPv4(bytes.slice(2, 6));
  return null;
}

function isIn(address: Address, [base, bits]: AllowedRange): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
