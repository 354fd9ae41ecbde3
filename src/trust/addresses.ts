/** Reads addresses: whose request it is behind trusted proxies, and the prefix under which refusals are counted. */
import ipaddr from "ipaddr.js";
import { boundedCache, cached } from "../domain/schedule/bounded-cache.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Addresses } from "../ports/trust.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** `trustedProxies`: addresses and CIDR ranges, already validated. */
export function createAddresses(trustedProxies: readonly string[]): Addresses {
  const prefixes = boundedCache<string>(LIMITS.addressesRemembered);
  const ranges = trustedProxies.map(rangeOf);
  const isTrusted = (address: Address): boolean => ranges.some((range) => isWithin(address, range));
  return {
    clientOf(peer, forwardedFor) {
      if (forwardedFor === null) return peer;
      let client = peer;
      // Each hop appended the address it saw, so the list is believed from its end for as long as the hop is ours.
      for (const hop of [...hopsOf(forwardedFor)].reverse()) {
        const seen = parse(client);
        if (seen === null || !isTrusted(seen)) return client;
        client = hop;
      }
      return client;
    },
    prefixOf: (address) => cached(prefixes, address, prefixOf),
  };
}

function prefixOf(address: string): string {
  const parsed = parse(address);
  if (parsed === null) return "unknown";
  return parsed instanceof ipaddr.IPv4
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/64`).toString()}/64`;
}

function rangeOf(text: string): Range {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function hopsOf(forwardedFor: string): readonly string[] {
  return forwardedFor.split(",").flatMap((each) => (each.trim() === "" ? [] : [each.trim()]));
}

/** `203.0.113.7:4711`, `[2001:db8::1]:80` and IPv4 inside IPv6 are read as the address they hold. */
function parse(text: string): Address | null {
  const bare = text.replace(/^\[(.+)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}
