/** Whose request it is behind proxies, and how addresses are grouped. */
import { expect, test } from "vitest";
import { createAddresses } from "../../src/trust/addresses.ts";

const behind = createAddresses(["10.0.0.0/8", "::1"]);

test.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["unknown", "unknown"],
  ["<script>", "unknown"],
])("%s belongs to %s", (address, prefix) => {
  expect(behind.prefixOf(address)).toBe(prefix);
});

test.each([
  ["a stranger is believed nothing", "198.51.100.1", "203.0.113.7", "198.51.100.1"],
  ["a trusted proxy names its client", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
  [
    "what the client itself wrote in front is not believed",
    "10.0.0.1",
    "1.1.1.1, 203.0.113.7, 10.0.0.2",
    "203.0.113.7",
  ],
  ["ports and brackets are no part of an address", "::1", "[2001:db8::9]:443", "[2001:db8::9]:443"],
  ["nothing forwarded leaves the proxy", "10.0.0.1", null, "10.0.0.1"],
])("%s", (_what, peer, forwardedFor, client) => {
  expect(behind.clientOf(peer, forwardedFor)).toBe(client);
});

test("an address with a port is grouped as the address", () => {
  expect(behind.prefixOf("[2001:db8::9]:443")).toBe("2001:db8::/64");
  expect(behind.prefixOf("203.0.113.7:1234")).toBe("203.0.113.0/24");
});
