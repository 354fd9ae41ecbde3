/** The embedded edition as the program it is: starting, first keys, refusing to start, stopping. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { exportInstance } from "../../src/editions/data-folder/export.ts";
import { importInstance } from "../../src/editions/data-folder/import.ts";
import { testEdition } from "../contracts/edition.ts";
import { endedServer, oneProcess, spawnedServer, startServer } from "./program.ts";

const KEYS = {
  ROLLCALL_ADMIN_KEY: "rck_admin_default_0123456789abcdefABCD",
  ROLLCALL_PING_KEY: "rck_ping_default_0123456789abcdefABCD",
};
const contractFolder = mkdtempSync(join(tmpdir(), "rollcall-edition-"));

afterAll(() => rmSync(contractFolder, { recursive: true, force: true }));

testEdition("embedded", () =>
  oneProcess({
    ...KEYS,
    ROLLCALL_DATA: join(contractFolder, "data"),
    ROLLCALL_OUTBOUND_ALLOW: "127.0.0.0/8",
  }),
);

describe("starting", () => {
  let folder: string;
  let data: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-start-"));
    data = join(folder, "data");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("without a terminal, keys and a line to paste are in a file for this user only, once", async () => {
    const first = await startServer({ ROLLCALL_DATA: data });
    const file = join(data, "first-start.txt");
    expect(first.said()).toContain(file);
    expect(first.said()).not.toContain("rck_");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    const text = readFileSync(file, "utf8");
    const [, url = ""] = /curl '(\S+)'/.exec(text) ?? [];
    expect(await (await fetch(url)).text()).toMatch(/^OK first-job: success/);
    const [adminKey = ""] = /rck_admin_default_\w+/.exec(text) ?? [];
    const monitors = await fetch(`${first.url}/v1/monitors`, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    expect(monitors.status).toBe(200);
    expect(await first.stop()).toBe(0);
    rmSync(file);
    const second = await startServer({ ROLLCALL_DATA: data });
    expect(second.said()).not.toContain("first-start.txt");
    expect(await second.stop()).toBe(0);
  });

  test("a key given by the environment takes the place of the one given before", async () => {
    const one = await startServer({ ...KEYS, ROLLCALL_DATA: data });
    await one.stop();
    const next = "rck_ping_default_anotherSecret0123456";
    const two = await startServer({ ...KEYS, ROLLCALL_PING_KEY: next, ROLLCALL_DATA: data });
    const status = async (key: string) =>
      (await fetch(`${two.url}/checkin/${key}/job?create=1&every=5m`)).status;
    expect([await status(KEYS.ROLLCALL_PING_KEY), await status(next)]).toEqual([401, 200]);
    await two.stop();
  });

  test("a key given before, or rotated since, locks nobody out who has the later one", async () => {
    const rotated = await startServer({ ...KEYS, ROLLCALL_DATA: data });
    const headers = { authorization: `Bearer ${KEYS.ROLLCALL_ADMIN_KEY}` };
    const list = await (await fetch(`${rotated.url}/v1/keys`, { headers })).json();
    const { id } = (list as { items: { id: string; kind: string }[] }).items.find(
      ({ kind }) => kind === "ping",
    )!;
    const answer = await fetch(`${rotated.url}/v1/keys/${id}/rotate`, {
      method: "POST",
      headers,
      body: JSON.stringify({ overlap: "0s" }),
    });
    const { key } = (await answer.json()) as { key: string };
    expect(await rotated.stop()).toBe(0);

    const again = spawnedServer({ ...KEYS, ROLLCALL_DATA: data });
    await expect.poll(() => again.said().stdout).toMatch(/listening at/);
    const [, url = ""] = /listening at (http\S+)/.exec(again.said().stdout) ?? [];
    expect((await fetch(`${url}/checkin/${key}/job?create=1&every=5m`)).status).toBe(200);
    expect(again.said().stderr).toMatch(/ROLLCALL_PING_KEY was rotated: nobody is let in with it/);
    again.child.kill("SIGTERM");
    expect((await again.ended).code).toBe(0);
  });

  test("projects are kept side by side in one folder, and move to another one together", async () => {
    const instanceKey = "rck_instance_0123456789abcdefghijABCDEFGHIJxy";
    const environment = { ...KEYS, ROLLCALL_INSTANCE_KEY: instanceKey };
    const asked = async (url: string, key: string, body?: object) => {
      const headers = { authorization: `Bearer ${key}` };
      const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
      return (await fetch(url, init)).json() as Promise<ReturnType<typeof JSON.parse>>;
    };
    const first = await startServer({ ...environment, ROLLCALL_DATA: data });
    const made = await asked(`${first.url}/v1/projects`, instanceKey, { name: "shop", partitions: 4 });
    const checkIns = [`${KEYS.ROLLCALL_PING_KEY}/a-job`, `${made.ping_key.key}/her-job`];
    for (const path of checkIns) await fetch(`${first.url}/checkin/${path}?create=1&every=5m`);
    expect(await first.stop()).toBe(0);
    expect(first.said()).not.toContain(instanceKey);

    const to = join(folder, "instance.ndjson");
    await exportInstance({ data, to, withKey: true, nowAt: Date.now() });
    const elsewhere = join(folder, "elsewhere");
    const moving = { from: to, keyFile: null, mayReplace: false, nowAt: Date.now() };
    await importInstance({ ...moving, data: elsewhere });
    for (const at of [data, elsewhere]) {
      const server = await startServer({ ...environment, ROLLCALL_DATA: at });
      const slugs = async (key: string) =>
        (await asked(`${server.url}/v1/monitors`, key)).items.map((each: { slug: string }) => each.slug);
      expect(await slugs(KEYS.ROLLCALL_ADMIN_KEY)).toEqual(["a-job"]);
      expect(await slugs(made.admin_key.key)).toEqual(["her-job"]);
      expect((await asked(`${server.url}/v1/projects`, instanceKey)).items).toMatchObject([
        { name: "default", partitions: 1, keys: 2 },
        { name: "shop", partitions: 4, keys: 2 },
      ]);
      for (const path of checkIns)
        expect((await fetch(`${server.url}/checkin/${path}`)).status, path).toBe(200);
      expect(await server.stop()).toBe(0);
    }
  });

  test("a request under way is answered before the program ends", async () => {
    const server = await startServer({ ...KEYS, ROLLCALL_DATA: data });
    const gate = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first "));
        await gate.promise;
        controller.enqueue(new TextEncoder().encode("last"));
        controller.close();
      },
    });
    const url = `${server.url}/checkin/${KEYS.ROLLCALL_PING_KEY}/slow?create=1&every=5m`;
    const answer = fetch(url, { method: "POST", body, duplex: "half" });
    await expect.poll(async () => (await fetch(`${server.url}/healthz`)).status).toBe(200);
    const stopped = server.stop();
    gate.resolve();
    expect(await (await answer).text()).toMatch(/^OK slow/);
    expect(await stopped).toBe(0);
  });

  const refused = async (environment: Record<string, string>, sentence: RegExp) => {
    const { code, stdout, stderr } = await endedServer({ ROLLCALL_DATA: data, ...environment });
    const [first = "", ...rest] = stderr.trim().split("\n");
    expect(first).toMatch(sentence);
    expect([code, stdout, rest]).toEqual([1, "", []]);
  };

  test("a port in use stops the start with one sentence", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await refused(
      { ROLLCALL_PORT: String(port) },
      new RegExp(`^Port ${port} on 127.0.0.1 is in use: .*ROLLCALL_PORT`),
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test("an unreadable setting, a damaged database and a lost key file stop it with one sentence each", async () => {
    await refused({ ROLLCALL_PORT: "many" }, /^ROLLCALL_PORT is "many": set it to/);
    await refused({ ROLLCALL_HOST: "192.0.2.1" }, /is no address of this machine: set ROLLCALL_HOST/);
    await (await startServer({ ROLLCALL_DATA: data })).stop();
    const key = readFileSync(join(data, "secret.key"));
    rmSync(join(data, "secret.key"));
    await refused({}, /secret\.key is missing beside its database: restore/);
    writeFileSync(join(data, "secret.key"), key, { mode: 0o600 });
    writeFileSync(join(data, "rollcall.db"), "this is no database, whatever its name says");
    await refused({}, /rollcall\.db/);
  });

  test("two of them over one folder: the second does not start", async () => {
    const first = await startServer({ ROLLCALL_DATA: data });
    await refused({}, /in use by another Rollcall/);
    await first.stop();
  });
});
