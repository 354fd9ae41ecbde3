/** An export is whole or refused with the line, and what it makes is the same instance again. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_PROOF } from "../../../src/domain/checks/check.ts";
import { exportInstance } from "../../../src/editions/data-folder/export.ts";
import { importInstance } from "../../../src/editions/data-folder/import.ts";
import { createWorld } from "../../stories/world.ts";
import { rooms } from "./folders.ts";

const { path, open } = rooms();
const PROOF_FIELDS = new Set(Object.keys(DEFAULT_PROOF));
const NOW = Date.UTC(2026, 2, 2, 3);

/** A data folder with a monitor that is down and one that runs. */
async function anInstance(): Promise<string> {
  const { folder, store, vault } = await open(path("data"));
  const world = await createWorld("2026-03-02T01:59:00Z", store, { vault });
  await world.monitor("nightly", { schedule: { cron: "0 2 * * *" }, graceMs: 60_000 });
  await world.monitor("woechentlich", {
    name: "Wöchentlich ✓",
    schedule: { cron: "0 2 * * 1" },
  });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("woechentlich", "start", { runId: "läuft", duplicateKey: "🔑" });
  await world.reject("nightly");
  await world.until("2026-03-02T02:02:00Z");
  return folder;
}

async function exported(data: string, withKey = true): Promise<string> {
  const to = path("instance.ndjson");
  await exportInstance({ data, to, withKey, nowAt: NOW });
  return to;
}

const imported = (from: string, more: { data?: string; keyFile?: string; mayReplace?: boolean } = {}) =>
  importInstance({ data: path("data"), keyFile: null, mayReplace: false, ...more, from, nowAt: NOW });

describe("an export", () => {
  test("becomes the same instance elsewhere: exported again, not a byte differs", async () => {
    const first = await exported(await anInstance());
    const data = path("data");
    expect(await imported(first, { data })).toMatchObject({ madeAt: NOW, keptIn: null });
    expect(readFileSync(await exported(data), "utf8")).toBe(readFileSync(first, "utf8"));
    expect(statSync(join(data, "secret.key")).mode & 0o777).toBe(0o600);
    const { store, vault } = await open(data);
    const world = await createWorld("2026-03-02T02:02:05Z", store, { vault });
    expect([await world.status("nightly"), await world.status("woechentlich")]).toEqual(["down", "running"]);
    await world.checkIn("woechentlich", "success", { runId: "läuft" });
    expect(await world.status("woechentlich")).toBe("up");
  });

  test("made long after the instance was stopped says since when it has not heard", async () => {
    const [data, to] = [await anInstance(), path("instance.ndjson")];
    await exportInstance({ data, to, withKey: true, nowAt: NOW + 3 * 86_400_000 });
    const { lastSignAt } = await imported(to);
    expect(Math.abs(Date.UTC(2026, 2, 2, 2, 2) - (lastSignAt ?? 0))).toBeLessThanOrEqual(5_000);
  });

  test("of a Rollcall that knew no checks is taken in, and asks for nothing", async () => {
    const now = await exported(await anInstance());
    const then = readFileSync(now, "utf8")
      .split("\n")
      .slice(0, -2)
      .map((line) =>
        JSON.stringify(JSON.parse(line, (name, value) => (PROOF_FIELDS.has(name) ? undefined : value))),
      )
      .map((line) => `${line}\n`);
    const counts = JSON.parse(readFileSync(now, "utf8").trimEnd().split("\n").at(-1) ?? "").records;
    const sha256 = createHash("sha256").update(then.join("")).digest("hex");
    expect(then.join("")).not.toContain("verifyByMs");
    writeFileSync(now, `${then.join("")}${JSON.stringify({ kind: "end", records: counts, sha256 })}\n`);
    const data = path("data");
    await imported(now, { data });
    const again = readFileSync(await exported(data), "utf8");
    expect(again.match(/"checks":\[\],"outcomeSchema":null/g)?.length).toBeGreaterThan(3);
    const { store } = await open(data);
    const ref = await store.findMonitor("default", "nightly");
    expect((await store.load(ref?.id ?? "", {}))?.monitor.settings).toMatchObject(DEFAULT_PROOF);
  });

  test("carries the key of its secrets only when asked to, and is for this user only then too", async () => {
    const data = await anInstance();
    const key = readFileSync(join(data, "secret.key"), "utf8").trim();
    const apart = await exported(data, false);
    expect(readFileSync(apart, "utf8")).not.toContain(key);
    expect(statSync(apart).mode & 0o777).toBe(0o600);
    await expect(imported(apart)).rejects.toThrow(/line \d+: .*give --key-file/);
    await imported(apart, { keyFile: join(data, "secret.key") });
    expect(readFileSync(await exported(data), "utf8").split("\n")[0]).toContain(key);
    rmSync(join(data, "secret.key"));
    await expect(exported(data)).rejects.toThrow(/There is no key file .*secret\.key/);
  });

  test("never takes the place of a file or of an instance that is there", async () => {
    const data = await anInstance();
    const to = await exported(data);
    await expect(exportInstance({ data, to, withKey: true, nowAt: NOW })).rejects.toThrow(/is there already/);
    // In use by the open store.
    await expect(imported(to, { data, mayReplace: true })).rejects.toThrow(/in use by another Rollcall/);
    const other = path("data");
    await imported(to, { data: other });
    await expect(imported(to, { data: other })).rejects.toThrow(/already holds an instance/);
    expect((await imported(to, { data: other, mayReplace: true })).keptIn).toMatch(
      /replaced-2026-03-02T03-00/,
    );
  });
});

describe("a file that is not what was written", () => {
  test("wherever it is cut short or changed, is refused with the line, and nothing is made of it", async () => {
    const whole = readFileSync(await exported(await anInstance()));
    const damage = fc.record({
      at: fc.integer({ min: 0, max: whole.length - 1 }),
      flip: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, flip }) => {
        // 0 cuts it short; anything else changes one byte.
        const bytes = Buffer.from(flip === 0 ? whole.subarray(0, at) : whole);
        if (flip !== 0) bytes[at] = (bytes[at] ?? 0) ^ flip;
        const [file, data] = [path("damaged.ndjson"), path("data")];
        writeFileSync(file, bytes);
        await expect(imported(file, { data })).rejects.toThrow(
          /nothing was changed: (line \d+: |a line of it)/,
        );
        expect(existsSync(data)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("a record without what it is of is refused with its line", async () => {
    const lines = readFileSync(await exported(await anInstance()), "utf8").split("\n");
    const at = lines.findIndex((line) => line.startsWith('{"kind":"monitor"'));
    expect(at).toBeGreaterThan(0);
    const [file, data] = [path("damaged.ndjson"), path("data")];
    writeFileSync(file, lines.with(at, (lines[at] ?? "").replace('"monitor":{', '"mOnitor":{')).join("\n"));
    await expect(imported(file, { data })).rejects.toThrow(`line ${at + 1}: `);
    expect(existsSync(data)).toBe(false);
  });

  test("names the line at fault", async () => {
    const lines = readFileSync(await exported(await anInstance()), "utf8").split("\n");
    const refusal = async (changed: string[]): Promise<string> => {
      const file = path("damaged.ndjson");
      writeFileSync(file, changed.join("\n"));
      return imported(file).then(
        () => "imported",
        (error: unknown) => String(error),
      );
    };
    const { length } = lines;
    expect(await refusal(lines.with(3, "{"))).toMatch(/line 4: it is not JSON/);
    expect(await refusal(lines.with(3, `{"kind":"recipe"}`))).toMatch(
      /line 4: there is no kind of record "recipe"/,
    );
    expect(await refusal(lines.toSpliced(5, 1))).toMatch(
      new RegExp(`line ${length - 2}: it and what comes before it do not agree`),
    );
    expect(await refusal(lines.slice(0, 6))).toMatch(/line 6: the file was cut short in it/);
    expect(await refusal([...lines.slice(0, 6), ""])).toMatch(
      /line 7: the file was cut short: its last line/,
    );
    expect(await refusal([...lines.slice(0, -1), "{}", ""])).toMatch(
      new RegExp(`line ${length}: it comes after the end`),
    );
    expect(await refusal([])).toMatch(/line 1: the file is empty/);
    expect(await refusal(lines.with(0, `{"kind":"rollcall_export","format":2}`))).toMatch(
      /line 1: it is of format 2/,
    );
    expect(await refusal(["monitors:", ""])).toMatch(/line 1: it is not JSON/);
    const otherKey = `{"kind":"rollcall_export","format":1,"madeAt":${NOW},"key":"${"ab".repeat(32)}"}`;
    expect(await refusal(lines.with(0, otherKey))).toMatch(
      /line \d+: Its secret was sealed with another key/,
    );
  });
});
