/** An instance on its way out of Redis and into it: while others write, and into other numbers of parts. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { StoredRecord } from "../../../src/ports/transfer.ts";
import { createMemoryStore } from "../../../src/stores/memory.ts";
import {
  change,
  monitor,
  monitorIncident,
  notification,
  project,
  run,
  START,
  windowRow,
} from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { allRecords, commitTo, inAnyOrder, recordsFrom } from "../../contracts/store/trial.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("an instance in Redis", () => {
  const { open, raw } = redisTrial(redis?.path ?? "");
  const ids = Array.from({ length: 30 }, (_none, index) => `mon_${100 + index}`);

  test("is given monitor by monitor as each stood at one instant, however others write meanwhile", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    for (const id of ids) await one.createMonitor(change({ monitor: monitor({ id }) }));
    const giving = { isOver: false };
    const writing = (async () => {
      for (let round = 1; !giving.isOver; round += 1) {
        for (const id of ids) {
          const [at, incidentId] = [START + round, `${id}-i${round}`];
          await commitTo(other, id, {
            rows: [windowRow({ expectedAt: at, monitorId: id })],
            runs: [run({ id: `${id}-r${round}`, monitorId: id })],
            incidents: [monitorIncident({ id: incidentId, monitorId: id, openedAt: at })],
            notifications: [
              notification({ id: `${id}-n${round}`, monitorId: id, incidentId, createdAt: at }),
            ],
          });
        }
      }
    })();
    const records = await allRecords(one);
    giving.isOver = true;
    await writing;

    const told = new Set(
      records.flatMap((each) => (each.kind === "notification" ? [each.notification.id] : [])),
    );
    for (const id of ids) {
      const commits = records.flatMap((each) =>
        each.kind === "monitor" && each.monitor.id === id ? [each.version - 1] : [],
      )[0];
      const count = (isOne: (record: StoredRecord) => boolean) => records.filter(isOne).length;
      expect(count((each) => each.kind === "window" && each.row.monitorId === id)).toBe(commits);
      expect(count((each) => each.kind === "run" && each.run.monitorId === id)).toBe(commits);
      const incidents = records.flatMap((each) =>
        each.kind === "incident" && each.incident.id.startsWith(`${id}-`) ? [each.incident.id] : [],
      );
      expect(incidents).toHaveLength(commits ?? -1);
      // Nobody would ever be told of an incident that came without its message.
      for (const incident of incidents) expect(told).toContain(incident.replace("-i", "-n"));
    }
  });

  test("is given with histories that are longer than Redis gives at once, each still of one instant", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const id = "mon_long";
    await one.createMonitor(change({ monitor: monitor({ id }) }));
    const [many, length] = [6, LIMITS.transferPieceCharacters / 2];
    const long = (number: number, characters: number) =>
      run({
        id: `${id}-r${String(number).padStart(3, "0")}`,
        monitorId: id,
        notes: ["x".repeat(characters)],
      });
    for (let number = 0; number < many; number += 1)
      await commitTo(one, id, {
        runs: [long(number, length)],
        rows: [windowRow({ expectedAt: START + number, monitorId: id })],
      });
    const giving = { isOver: false, written: many };
    const writing = (async () => {
      for (; !giving.isOver; giving.written += 1) {
        await commitTo(other, id, {
          runs: [long(giving.written, 1)],
          rows: [windowRow({ expectedAt: START + giving.written, monitorId: id })],
        });
      }
    })();
    const records = await allRecords(one);
    giving.isOver = true;
    await writing;

    const runs = records.flatMap((each) => (each.kind === "run" ? [each.run.id] : []));
    expect(runs.length).toBeGreaterThanOrEqual(many);
    expect(runs).toEqual(runs.map((_run, number) => long(number, 0).id));
    expect(records.filter(({ kind }) => kind === "window")).toHaveLength(runs.length);
    expect(records.find(({ kind }) => kind === "monitor")).toMatchObject({ version: runs.length + 1 });

    const scriptsFor = async (work: Promise<unknown>): Promise<number> => {
      await work;
      const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await raw().info("commandstats"))?.[1];
      await raw().config("RESETSTAT");
      return Number(calls);
    };
    await scriptsFor(raw().ping());
    expect(await scriptsFor(allRecords(one))).toBeGreaterThanOrEqual(many / 2);
    const runRecords = records.filter(({ kind }) => kind === "monitor" || kind === "run");
    const beside = await open("-beside");
    await scriptsFor(raw().ping());
    expect(await scriptsFor(beside.importAll(recordsFrom(runRecords)))).toBeGreaterThanOrEqual(many / 2);
    expect(inAnyOrder(await allRecords(beside))).toEqual(inAnyOrder(runRecords));
  });

  test("moves into projects of other numbers of parts, and back", async () => {
    const memory = createMemoryStore();
    await memory.createProject(project({ partitions: 8 }));
    await memory.createProject(project({ name: "other" }));
    for (const [index, id] of ids.entries()) {
      const of = monitor({ id, project: index % 2 === 0 ? "default" : "other" });
      await memory.createMonitor(
        change({ monitor: of, rows: [windowRow({ expectedAt: START, monitorId: id })] }),
      );
    }
    const store = await open();
    await store.importAll(memory.exportAll());
    expect(await store.partitions()).toHaveLength(8 + 1);
    const { items } = await store.listMonitors("default", { cursor: null, limit: 100 });
    expect(items.map((each) => each.monitor.id)).toEqual(ids.filter((_id, index) => index % 2 === 0));
    const again = createMemoryStore();
    await again.importAll(store.exportAll());
    expect(inAnyOrder(await allRecords(again))).toEqual(inAnyOrder(await allRecords(memory)));
  });

  test("goes beside what lies under another prefix, and not onto what lies under its own", async () => {
    const [here, beside] = await Promise.all([open(), open("-beside")]);
    await here.createProject(project());
    await beside.importAll(here.exportAll());
    expect(await allRecords(beside)).toEqual(await allRecords(here));
    await expect(beside.importAll(recordsFrom([]))).rejects.toMatchObject({ code: "conflict" });
  });
});
