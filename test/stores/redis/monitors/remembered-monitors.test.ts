/** Several processes on one Redis: each remembers what it saw, and none decides on what no longer stands. */
import { describe, expect, test } from "vitest";
import type { Change, Snapshot } from "../../../../src/domain/change.ts";
import type { Store, Wanted } from "../../../../src/ports/store.ts";
import type { RedisSettings } from "../../../../src/stores/redis/parts.ts";
import { change, journalEntry, monitor, receipt, run, START, state, windowRow } from "../../../makers.ts";
import { requirement } from "../../../requirements.ts";
import { redisTrial } from "../redis-trial.ts";

const redis = requirement("redis");
const OLD = { mayBeOld: true } as const;

// Without redis-server there is nothing to share.
describe.skipIf(redis === null)("processes that share a Redis", () => {
  const trial = redisTrial(redis?.path ?? "");
  const opened = (more: Partial<RedisSettings> = {}): Promise<Store> => trial.open("", more);
  /** Scripts run since the last time that this was asked. */
  const scriptsRun = async (): Promise<number> => {
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await trial.raw().info("commandstats"))?.[1];
    await trial.raw().config("RESETSTAT");
    return Number(calls ?? 0);
  };
  const bytesTaken = async (): Promise<number> =>
    Number(/total_net_input_bytes:(\d+)/.exec(await trial.raw().info("stats"))?.[1]);
  const monitorKey = (): string => `${trial.prefix()}:{default/0}:m:mon_1`;

  test("need one round trip for a start and one for its finish", async () => {
    const store = await opened();
    await store.createMonitor(change());
    await scriptsRun();
    const wanted = (key: string): Wanted => ({
      runId: "nightly",
      windowsAt: [START],
      duplicateKey: key,
      ...OLD,
    });
    const started = run({ id: "mon_1-r1", runId: "nightly", state: "started", windowAt: START });
    const before = await loaded(store, wanted("start"));
    expect(before).toMatchObject({ run: null, rows: [], earlierReceipt: null });
    expect(await store.commit(on(before, { runs: [started], ...told("start") }))).toBe("committed");
    expect(await scriptsRun()).toBe(1);
    const then = await loaded(store, wanted("success"));
    expect(then).toMatchObject({ run: started, rows: [windowRow({ expectedAt: START })] });
    expect(await store.commit(on(then, told("success")))).toBe("committed");
    expect(await scriptsRun()).toBe(1);
  });

  test("ask first of a monitor that another one writes too, until it was left alone for a while", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const old = await loaded(one, OLD);
    expect(await other.commit(on(await loaded(other, {}), {}))).toBe("committed");
    expect(await one.commit(on(old, {}))).toBe("stale");
    // What the stale commit has told is decided on; the next decision is not made in vain again.
    expect(await one.commit(on(await loaded(one, OLD), {}))).toBe("committed");
    expect(await other.commit(on(await loaded(other, {}), {}))).toBe("committed");
    expect(await one.commit(on(await loaded(one, OLD), {}))).toBe("committed");

    await scriptsRun();
    for (let alone = 0; alone < 10; alone += 1) await loaded(one, OLD);
    const asked = await scriptsRun();
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(10);
    await loaded(one, OLD);
    expect(await scriptsRun()).toBe(0);
  });

  test("do not gather names while Redis takes nothing in", async () => {
    const store = await opened();
    await store.createMonitor(change());
    await loaded(store, {});
    await trial.raw().config("SET", "maxmemory", "1");
    for (let number = 0; number < 100; number += 1) {
      const named = await loaded(store, { runId: `${number}`.repeat(500), ...OLD });
      await expect(store.commit(on(named, {}))).rejects.toMatchObject({ code: "unavailable" });
    }
    await trial.raw().config("SET", "maxmemory", "0");
    const now = await loaded(store, { runId: "nightly", ...OLD });
    const before = await bytesTaken();
    expect(await store.commit(on(now, {}))).toBe("committed");
    expect((await bytesTaken()) - before).toBeLessThan(10_000);
  });

  test("learn what another wrote from the commit that it made stale, and need no further question", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const known = await loaded(one, OLD);
    await loaded(other, OLD);
    const theirs = { runs: [run({ id: "mon_1-r1", runId: "nightly" })], ...told("key") };
    expect(await other.commit(on(known, { ...theirs, state: state({ loneFinishes: 7 }) }))).toBe("committed");

    const wanted = { runId: "nightly", windowsAt: [START], duplicateKey: "key", ...OLD };
    const old = await loaded(one, wanted);
    expect(old).toMatchObject({ version: 1, run: null, rows: [], earlierReceipt: null });
    await scriptsRun();
    expect(await one.commit(on(old, {}))).toBe("stale");
    const now = await loaded(one, wanted);
    expect(await scriptsRun()).toBe(1);
    expect(now).toMatchObject({
      version: 2,
      state: { loneFinishes: 7 },
      run: theirs.runs[0],
      rows: theirs.rows,
    });
    expect(now.earlierReceipt).toEqual(receipt());
    expect(await one.commit(on(now, {}))).toBe("committed");
  });

  test("learn of each name that was asked for together, also behind one that is not there", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const known = await loaded(one, { runId: "never", ...OLD });
    expect(await one.confirm(known)).toBe("committed");
    const old = await loaded(one, { runId: "nightly", ...OLD });
    expect(await other.commit(on(known, { runs: [run({ id: "mon_1-r1", runId: "nightly" })] }))).toBe(
      "committed",
    );
    expect(await one.commit(on(old, {}))).toBe("stale");
    expect(await loaded(one, { runId: "nightly", ...OLD })).toMatchObject({ run: { id: "mon_1-r1" } });
    expect(await loaded(one, { runId: "never", ...OLD })).toMatchObject({ run: null });
  });

  test("see at once what another wrote, where old will not do", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const known = await loaded(other, {});
    expect(await one.commit(on(known, { state: state({ loneFinishes: 7 }) }))).toBe("committed");
    expect(await loaded(other, OLD)).toEqual(known);
    expect(await loaded(other, {})).toMatchObject({ version: 2, state: { loneFinishes: 7 } });
  });

  test("take nothing for absent that is there: what was decided on it is stale, and so is what was only shown", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change({ runs: [run({ id: "mon_1-r1", runId: "nightly" })], ...told("key") }));
    for (const wanted of [
      { runId: "nightly", ...OLD },
      { duplicateKey: "key", ...OLD },
    ]) {
      // Of this version it knows everything but what it never asked for.
      await loaded(other, {});
      const wrong = await loaded(other, wanted);
      expect(wrong).toMatchObject({ run: null, earlierReceipt: null });
      expect(await other.confirm(wrong)).toBe("stale");
      expect(await loaded(other, wanted)).toEqual(await loaded(other, { ...wanted, mayBeOld: false }));
    }
    const third = await opened();
    await loaded(third, {});
    const wrong = await loaded(third, { runId: "nightly", ...OLD });
    expect(wrong.run).toBeNull();
    expect(await third.commit(on(wrong, {}))).toBe("stale");
    expect(await loaded(third, { runId: "nightly", ...OLD })).toMatchObject({ run: { id: "mon_1-r1" } });
  });

  test("confirm what stands, and not what another has changed since", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const known = await loaded(other, {});
    const shown = await loaded(other, { runId: "unheard", ...OLD });
    expect(await other.confirm(shown)).toBe("committed");
    await one.commit(on(known, {}));
    expect(await other.confirm(await loaded(other, { runId: "unheard", ...OLD }))).toBe("stale");
    expect(await loaded(other, OLD)).toMatchObject({ version: 2 });
  });

  test("find a monitor again to which nothing leads any more, once it is due or asked for by name", async () => {
    const one = await opened();
    await one.createMonitor(change({ dueAt: START }));
    for (const meet of [
      (store: Store) => store.dueMonitors(START, 10),
      (store: Store) => store.findMonitor("default", monitor().slug),
    ]) {
      // As after a fail-over of the one master of a Cluster that had the look-up and not the monitor.
      await trial.raw().del(`${trial.prefix()}:of:monitor:mon_1`);
      const [other, third] = [await opened(), await opened()];
      await meet(other);
      expect(await loaded(other, {})).toMatchObject({ version: 1 });
      expect(await loaded(third, {})).toMatchObject({ version: 1 });
    }
    const other = await opened();
    await other.dueMonitors(START, 10);
    await trial.raw().del(`${trial.prefix()}:of:monitor:mon_1`, monitorKey());
    expect(await other.load("mon_1", {})).toBe(null);
    expect(await trial.raw().exists(`${trial.prefix()}:of:monitor:mon_1`)).toBe(0);
  });

  test("decide nothing on a version that Redis lost and gave to another change", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.createMonitor(change());
    const first = await loaded(one, OLD);
    expect(await one.commit(on(first, { state: state({ loneFinishes: 1 }) }))).toBe("committed");
    // As after a fail-over to a replica that had not heard of the commit.
    await trial.raw().hset(monitorKey(), "version", "1", "stamp", "0", "state", JSON.stringify(state()));
    const again = await loaded(other, {});
    expect(await other.commit(on(again, { state: state({ loneFinishes: 2 }) }))).toBe("committed");
    const remembered = await loaded(one, OLD);
    expect(remembered).toMatchObject({ version: 2, state: { loneFinishes: 1 } });
    expect(await one.commit(on(remembered, {}))).toBe("stale");
    expect(await loaded(one, {})).toMatchObject({ version: 2, state: { loneFinishes: 2 } });
  });
});

async function loaded(store: Store, wanted: Wanted): Promise<Snapshot> {
  const snapshot = await store.load("mon_1", wanted);
  if (snapshot === null) throw new Error("the monitor is there");
  return snapshot;
}

function on(before: Snapshot, given: Partial<Change>): Change {
  return change({
    monitor: before.monitor,
    state: before.state,
    baseVersion: before.version,
    journal: journalEntry({ version: before.version + 1, at: START }),
    ...given,
  });
}

function told(duplicateKey: string): Partial<Change> {
  return {
    rows: [windowRow({ expectedAt: START })],
    receipt: { duplicateKey, receipt: receipt(), at: START },
    monitor: monitor(),
  };
}
