/** A start that cannot be good stops with one sentence that says what to do, and a first start says how to begin. */
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { requirement } from "../requirements.ts";
import {
  ADMIN_KEY,
  PING_KEY,
  makeHome,
  runServer,
  serverEnvironment,
  serverWords,
  startChild,
  startServer,
  type Ended,
  type Home,
} from "./server-program.ts";
import { until } from "./waiting.ts";

const script = requirement("script");

let home: Home;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

/** One line to standard error, nothing else, and exit code 1. */
function expectOneSentence(ended: Ended, sentence: RegExp): void {
  expect(ended).toMatchObject({ code: 1, signal: null, stdout: "" });
  expect(ended.stderr).toMatch(/^[^\n]+\.\n$/);
  expect(ended.stderr).toMatch(sentence);
  expect(ended.stderr).not.toMatch(/\bat .+:\d+:\d+/);
  for (const secret of [ADMIN_KEY, PING_KEY]) expect(ended.stderr).not.toContain(secret);
}

/** A data folder as a server left it. */
async function aUsedFolder(): Promise<void> {
  await (await startServer(home)).stop();
}

describe("a setting that is wrong", () => {
  test.each([
    ["ROLLCALL_PORT", "eighty", /^ROLLCALL_PORT is "eighty": set it to a number/],
    ["ROLLCALL_PORT", "70000", /^ROLLCALL_PORT is "70000": set it to a number/],
    ["ROLLCALL_HOST", "192.0.2.1", /^192\.0\.2\.1 is no address of this machine: set ROLLCALL_HOST/],
    ["ROLLCALL_PUBLIC_URL", "rollcall.example.org", /^ROLLCALL_PUBLIC_URL is .*: set it to the address/],
    ["ROLLCALL_ADMIN_KEY", "hunter2", /^ROLLCALL_ADMIN_KEY must read rck_admin_default_<secret>/],
    ["ROLLCALL_PING_KEY", ADMIN_KEY, /^ROLLCALL_PING_KEY must read rck_ping_default_<secret>/],
    [
      "ROLLCALL_OUTBOUND_ALLOW",
      "10.0.0.0/99",
      /^ROLLCALL_OUTBOUND_ALLOW holds "10\.0\.0\.0\/99": list addresses/,
    ],
    [
      "ROLLCALL_TRUSTED_PROXIES",
      "proxy.local",
      /^ROLLCALL_TRUSTED_PROXIES holds "proxy\.local": list addresses/,
    ],
    ["ROLLCALL_LOG_LEVEL", "loud", /^ROLLCALL_LOG_LEVEL is "loud": set it to one of debug/],
    ["ROLLCALL_REDIS_URL", "127.0.0.1:6379", /^ROLLCALL_REDIS_URL .*redis:\/\//],
    [
      "ROLLCALL_REDIS_URL",
      "redis://127.0.0.1:1",
      /^Redis at 127\.0\.0\.1:1 does not answer.*ROLLCALL_REDIS_URL/,
    ],
    [
      "ROLLCALL_CONFIG",
      "nowhere.yaml",
      /^The configuration nowhere\.yaml cannot be read: it is not there\.\n$/,
    ],
  ])("stops the start and is named: %s=%s", async (name, value, sentence) => {
    expectOneSentence(await runServer(home, { [name]: value }), sentence);
  });
});

describe("a place that is taken or no good", () => {
  test("a port that another program has", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    try {
      const ended = await runServer(home, { ROLLCALL_PORT: String(port) });
      expectOneSentence(ended, new RegExp(`^Port ${port} on 127.0.0.1 is in use: .*ROLLCALL_PORT`));
    } finally {
      other.close();
    }
    // The folder was let go of: the next start is a good one.
    await aUsedFolder();
  });

  test("a data folder that another server has, which goes on undisturbed", async () => {
    const first = await startServer(home);
    expectOneSentence(
      await runServer(home),
      /in use by another Rollcall: stop that one, or set ROLLCALL_DATA/,
    );
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.stop();
  });

  test("a file where the data folder should be", async () => {
    const file = join(home.folder, "no-folder");
    writeFileSync(file, "");
    const sentence = /^The data folder .*no-folder cannot be made: .*ROLLCALL_DATA/;
    expectOneSentence(await runServer(home, { ROLLCALL_DATA: file }), sentence);
    expectOneSentence(
      await runServer(home, { ROLLCALL_DATA: join(file, "data") }),
      /cannot be made: .*ROLLCALL_DATA/,
    );
  });
});

describe("a data folder that is not whole", () => {
  const database = (): string => join(home.data, "rollcall.db");

  test.each([
    ["overwritten in its middle", () => overwrite(database(), 4_096, 8_192)],
    ["overwritten at its beginning", () => overwrite(database(), 0, 100)],
    ["cut short", () => truncateSync(database(), 20_000)],
    ["emptied", () => truncateSync(database(), 0)],
  ])("a database that was %s is called damaged", async (_what, damage) => {
    await aUsedFolder();
    damage();
    const before = readFileSync(database());
    expectOneSentence(await runServer(home), /rollcall\.db is damaged: restore a backup, or move it away/);
    expect(readFileSync(database()).equals(before)).toBe(true);
  });

  test("a database of another program is left alone", async () => {
    const other = new DatabaseSync(database());
    other.exec("CREATE TABLE recipes (title TEXT)");
    other.close();
    writeFileSync(join(home.data, "secret.key"), `${"ab".repeat(32)}\n`);
    expectOneSentence(
      await runServer(home),
      /is not a Rollcall database: move it away, or set ROLLCALL_DATA/,
    );
  });

  test("a database of a newer Rollcall is left alone", async () => {
    await aUsedFolder();
    const opened = new DatabaseSync(database());
    opened.exec("PRAGMA user_version = 999");
    opened.close();
    expectOneSentence(
      await runServer(home),
      /written by a newer Rollcall \(schema 999; .*start that version/,
    );
  });

  test("a key file that is gone or damaged", async () => {
    await aUsedFolder();
    const file = join(home.data, "secret.key");
    writeFileSync(file, "not a key\n");
    expectOneSentence(await runServer(home), /secret\.key is damaged: restore it from a backup/);
    const elsewhere = makeHome();
    copyFileSync(database(), join(elsewhere.data, "rollcall.db"));
    expectOneSentence(await runServer(elsewhere), /secret\.key is missing beside its database: restore it/);
    elsewhere.remove();
  });

  test("the key file of another folder", async () => {
    await aUsedFolder();
    writeFileSync(join(home.data, "secret.key"), `${"ab".repeat(32)}\n`, { mode: 0o600 });
    expectOneSentence(await runServer(home), /secret\.key is of another database: restore the one/);
  });
});

test("a configuration file that has become wrong is told on standard error, and the server serves", async () => {
  const file = join(home.folder, "rollcall.yaml");
  writeFileSync(file, "monitors:\n  nightly:\n    schedule: { every: 1h }\n");
  await (await startServer(home, { ROLLCALL_CONFIG: file })).stop();
  writeFileSync(file, "monitors:\n  nightly:\n    schedule: { evry: 1h }\n");
  const server = await startServer(home, { ROLLCALL_CONFIG: file });
  expect((await server.client.monitors.get("nightly")).schedule).toMatchObject({ every: 3600 });
  const { stderr } = await server.stop();
  expect(stderr).toContain(
    `${file}:3:17: monitors.nightly.schedule.evry: is not a known field: did you mean every?\n`,
  );
  expect(stderr).toContain("was not applied: what was there before is watched");
});

describe("the first start", () => {
  const bare = { ROLLCALL_ADMIN_KEY: undefined, ROLLCALL_PING_KEY: undefined };
  const CURL = /curl '(http\S+\/checkin\/rck_ping_default_\w+\/first-job\?create=1&every=5m&signals=finish)'/;

  test("without a terminal the keys go to a file that only this user can read", async () => {
    const server = await startServer(home, bare);
    const file = join(home.data, "first-start.txt");
    const told = `Keys and a first check-in to paste are in ${file}\n`;
    await until("a word about the file", () => server.output().stdout.includes(told));
    const { stdout, stderr } = server.output();
    expect(stdout + stderr).not.toContain("rck_");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(home.data, "secret.key")).mode & 0o777).toBe(0o600);

    const text = readFileSync(file, "utf8");
    const [, line = ""] = CURL.exec(text) ?? [];
    const pasted = await fetch(line);
    expect(pasted.status).toBe(200);
    expect(await pasted.text()).toMatch(/^OK /);
    const [, admin = ""] = /admin key +(rck_admin_default_\w+)/.exec(text) ?? [];
    const seen = await fetch(`${server.url}/v1/monitors/first-job`, {
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(await seen.json()).toMatchObject({ slug: "first-job", status: "up", signals: "finish" });
    await server.stop();

    const again = await startServer(home, bare);
    expect((await again.stop()).stdout).not.toContain("Keys and a first check-in");
  });

  // Without script there is no way to make a terminal.
  test.skipIf(script === null)("on a terminal the keys are shown and no file is written", async () => {
    const words = [script?.path ?? "", "-qefc", serverWords(home).join(" "), "/dev/null"];
    const terminal = { ...serverEnvironment(home, bare), TERM: "dumb" };
    const shown = startChild(words, terminal, { isOwnGroup: true });
    const line = await until("a line to paste", () => CURL.exec(shown.output().stdout)?.[1]);
    expect((await fetch(line)).status).toBe(200);
    expect(shown.output().stdout).toMatch(/admin key +rck_admin_default_\w+/);
    expect(existsSync(join(home.data, "first-start.txt"))).toBe(false);
    process.kill(-shown.pid, "SIGTERM");
    await shown.ended;
  });
});

function overwrite(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, from, to);
  writeFileSync(file, bytes);
}
