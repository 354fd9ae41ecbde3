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
    scaled: null,
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
  ["ROLLCALL_REDIS_URL", "localhost:6379", "an address like redis://127.0.0.1:6379"],
  ["ROLLCALL_REDIS_URL", "redis://one:6379,https://two", "an address like redis://127.0.0.1:6379"],
  ["ROLLCALL_REDIS_PREFIX", "team", "for the scaled edition: set ROLLCALL_REDIS_URL"],
  ["ROLLCALL_REDIS_WAIT", "aof", "for the scaled edition: set ROLLCALL_REDIS_URL"],
  ["ROLLCALL_PARTITIONS", "4", "for the scaled edition: set ROLLCALL_REDIS_URL"],
  ["ROLLCALL_VAULT_KEY", "ab", "for the scaled edition: set ROLLCALL_REDIS_URL"],
])("%s=%s stops the start", (name, value, sentence) => {
  expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name} .*${sentence}`));
});

test("a Redis makes it the scaled edition, with settings of its own", () => {
  const urls = "redis://:secret@one:6379, rediss://two:6380";
  const defaults = { prefix: "rollcall", wait: "none", partitions: 1, vaultKey: null };
  expect(readSettings({ ROLLCALL_REDIS_URL: urls }).scaled).toEqual({
    ...defaults,
    urls: ["redis://:secret@one:6379", "rediss://two:6380"],
  });
  const key = "0123456789abcdef".repeat(4);
  const all = {
    ROLLCALL_REDIS_URL: "redis://one",
    ROLLCALL_REDIS_PREFIX: "team:rollcall",
    ROLLCALL_REDIS_WAIT: "AOF",
    ROLLCALL_PARTITIONS: "64",
    ROLLCALL_VAULT_KEY: key,
  };
  expect(readSettings(all).scaled).toEqual({
    urls: ["redis://one"],
    prefix: "team:rollcall",
    wait: "aof",
    partitions: 64,
    vaultKey: key,
  });
});

test.each([
  ["ROLLCALL_REDIS_PREFIX", "{tag}", "letters, digits"],
  ["ROLLCALL_REDIS_WAIT", "disk", "none, aof, replica"],
  ["ROLLCALL_PARTITIONS", "65", "a number from 1 to 64"],
  ["ROLLCALL_PARTITIONS", "0", "a number from 1 to 64"],
])("%s=%s stops the start of the scaled edition", (name, value, sentence) => {
  const environment = { ROLLCALL_REDIS_URL: "redis://one", [name]: value };
  expect(() => readSettings(environment)).toThrow(new RegExp(`^${name} .*${sentence}`));
});

test("neither a wrong address of Redis nor a wrong key file is shown", () => {
  for (const environment of [
    { ROLLCALL_REDIS_URL: "http://:hunter2@one" },
    { ROLLCALL_REDIS_URL: "redis://one", ROLLCALL_VAULT_KEY: "hunter2" },
  ]) {
    expect(() => readSettings(environment)).toThrow(/^ROLLCALL_(REDIS_URL|VAULT_KEY) must be/);
    expect(() => readSettings(environment)).not.toThrow("hunter2");
  }
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
