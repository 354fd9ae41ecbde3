/** Every setting is checked at start; a wrong one says what to change. */
import { expect, test } from "vitest";
import { readSettings } from "../../src/system/settings.ts";

test("unset, and set to nothing, are the defaults", () => {
  const defaults = {
    host: "127.0.0.1",
    port: 8377,
    publicUrl: null,
    data: "./data",
    config: null,
    adminKey: null,
    pingKey: null,
    instanceKey: null,
    outboundAllow: [],
    trustedProxies: [],
    oidcIssuers: [
      "https://token.actions.githubusercontent.com",
      "https://gitlab.com",
      "https://accounts.google.com",
    ],
    heartbeatUrl: null,
    logLevel: "info",
  };
  expect(readSettings({})).toEqual(defaults);
  expect(readSettings({ ROLLCALL_PORT: "", ROLLCALL_ADMIN_KEY: " " })).toEqual(defaults);
});

test("lists, addresses and keys are read", () => {
  expect(
    readSettings({
      ROLLCALL_PUBLIC_URL: "https://roll.example.org/base/",
      ROLLCALL_TRUSTED_PROXIES: "10.0.0.0/8, 192.168.1.5",
      ROLLCALL_OUTBOUND_ALLOW: "fd00::/8",
      ROLLCALL_OIDC_ISSUERS: "https://gitlab.example.org, https://token.actions.githubusercontent.com",
      ROLLCALL_PING_KEY: "rck_ping_default_0123456789abcdef",
      ROLLCALL_INSTANCE_KEY: `rck_instance_${"0aZ".repeat(11)}`,
      ROLLCALL_HEARTBEAT_URL: "http://10.0.0.7:8377/checkin/rck_ping_default_x/rollcall?create=1&every=1m",
    }),
  ).toMatchObject({
    heartbeatUrl: "http://10.0.0.7:8377/checkin/rck_ping_default_x/rollcall?create=1&every=1m",
    publicUrl: "https://roll.example.org/base",
    trustedProxies: ["10.0.0.0/8", "192.168.1.5"],
    outboundAllow: ["fd00::/8"],
    oidcIssuers: ["https://gitlab.example.org", "https://token.actions.githubusercontent.com"],
    pingKey: "rck_ping_default_0123456789abcdef",
    instanceKey: `rck_instance_${"0aZ".repeat(11)}`,
  });
});

test.each([
  ["ROLLCALL_PORT", "70000", "a number from 0 to 65535"],
  ["ROLLCALL_PORT", "http", "a number from 0 to 65535"],
  ["ROLLCALL_PUBLIC_URL", "rollcall.example.org", "like https://"],
  ["ROLLCALL_PUBLIC_URL", "ftp://example.org", "like https://"],
  ["ROLLCALL_TRUSTED_PROXIES", "proxy", "addresses and ranges"],
  ["ROLLCALL_OUTBOUND_ALLOW", "10.0.0.0/64", "addresses and ranges"],
  ["ROLLCALL_OIDC_ISSUERS", "gitlab.com", "like https://"],
  ["ROLLCALL_OIDC_ISSUERS", "https://me:secret@gitlab.com", "addresses of issuers"],
  ["ROLLCALL_HEARTBEAT_URL", "rollcall.example.org/checkin", "begins with http"],
  ["ROLLCALL_HEARTBEAT_URL", "https://me:secret@example.org/", "no user name"],
  ["ROLLCALL_LOG_LEVEL", "loud", "debug, info, warn, error, silent"],
  ["ROLLCALL_REDIS_URL", "redis://localhost", "not yet supported"],
])("%s=%s stops the start", (name, value, sentence) => {
  expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name} .*${sentence}`));
});

test("a key of the wrong form is refused without being shown", () => {
  const environment = { ROLLCALL_ADMIN_KEY: "hunter2" };
  expect(() => readSettings(environment)).toThrow("ROLLCALL_ADMIN_KEY must read rck_admin_default_<secret>");
  expect(() => readSettings(environment)).not.toThrow("hunter2");
});

test.each(["hunter2", "rck_instance_hunter2", "rck_admin_default_hunter20hunter20hunter20hunter20"])(
  "%s is no instance key: what one must read is told, and the key is not shown",
  (text) => {
    const environment = { ROLLCALL_INSTANCE_KEY: text };
    expect(() => readSettings(environment)).toThrow(
      "ROLLCALL_INSTANCE_KEY must read rck_instance_<secret>, the secret being 32 to 128 letters and digits.",
    );
    expect(() => readSettings(environment)).not.toThrow("hunter2");
  },
);
