/** DESIGN 3 and 4.5 where several processes work on one store: the same answers, whoever hears and whoever judges. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { createProcesses, tickAll } from "./processes.ts";
import { at, checkInAt, iso, nightly, PROJECT, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";
const STALLED_MS = 1_500;
const EVENING = "2026-03-02T01:30:00Z";

test("two evaluators judge the same window at once: one incident, one message (S27)", async () => {
  const { world, start, until, pass } = await nightlyProcesses();
  const gate = heldCommits();
  const slow = await start("slow", "judges", gate.over);
  await start("quick", "judges");
  await until("2026-03-02T02:10:00Z");

  slow.isDown = true;
  world.wall.at += 1_500;
  await world.engine.hearing.hear();
  gate.close();
  const judging = tickAll(slow.engine);
  await gate.reached();
  await pass(5);
  expect(await world.incidents()).toHaveLength(1);
  gate.open();
  await judging;
  slow.isDown = false;
  await pass(60);

  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
  expect((await world.row("nightly", WINDOW)).judgements).toHaveLength(1);
  expect(await world.incidents()).toHaveLength(1);
  expect(await world.told()).toEqual([expect.stringMatching(/^opened nightly: expected/)]);
});

test("check-ins in line for one monitor of a store that stalls are told so together, not each after the other", async () => {
  const { world, start } = await nightlyProcesses();
  const { engine } = await start("second", "hears", (store) => ({
    ...store,
    // As it is given up after a while.
    async load() {
      world.wall.at += STALLED_MS;
      throw new RollcallError("unavailable", "The store stalls.");
    },
  }));
  const ref = await world.store.findMonitor(PROJECT, "nightly");
  const beganAt = world.wall.at;
  const crowd = Array.from({ length: 10 }, () =>
    engine.recordCheckIn({ monitorId: ref?.id ?? "", checkIn: checkInAt("log", beganAt) }),
  );
  for (const each of crowd) await expect(each).rejects.toMatchObject({ code: "unavailable" });
  expect(world.wall.at - beganAt).toBe(STALLED_MS);
});

test("while another process hears, one that was down or stalled for half an hour is no blind spot (S25)", async () => {
  const { world, start, until, pass } = await nightlyProcesses();
  const second = await start("second", "hears");
  await start("worker", "judges");
  await until("2026-03-02T01:50:00Z");
  second.isDown = true;
  await until("2026-03-02T02:20:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
  // It was only stalled, and goes on; another comes up anew.
  second.isDown = false;
  await pass(30);
  await start("third", "hears");
  await pass(30);
  expect(await blindSpots(world)).toEqual([]);
  expect(await world.told("ops")).toEqual([]);
});

test("where nobody hears nothing is missing, though a worker lives: one blind spot, one notice, for all who come back (S25)", async () => {
  const { world, api, start, until, pass } = await nightlyProcesses();
  const second = await start("second", "hears");
  await start("worker", "judges");
  await until("2026-03-02T01:55:00Z");
  [api.isDown, second.isDown] = [true, true];
  await until("2026-03-02T02:25:00Z");
  expect(await world.ledger("nightly")).toEqual([]);

  await Promise.all([api.engine.hearing.hear(), second.engine.hearing.hear()]);
  [api.isDown, second.isDown] = [false, false];
  await pass(5);
  expect(await blindSpots(world)).toEqual(["2026-03-02T01:55:00Z to 2026-03-02T02:25:00Z"]);
  await until("2026-03-02T02:36:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect(await world.told()).toEqual([]);
  const told = await world.told("ops");
  expect(told.filter((one) => one.startsWith("opened"))).toHaveLength(1);

  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:04:00Z") });
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
});

test("a worker judges nothing before anybody has heard, and is not ready", async () => {
  const { world, api, signs, start, until, pass } = await nightlyProcesses();
  api.isDown = true;
  signs.clear();
  const { engine } = await start("worker", "judges");
  await until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([]);
  const problems = [expect.stringMatching(/^No process that takes check-ins has given a sign of life, /)];
  expect(await engine.readiness()).toMatchObject({
    isReady: false,
    problems: expect.arrayContaining(problems),
  });

  api.isDown = false;
  await pass(5);
  expect(await engine.readiness()).toMatchObject({ isReady: true, problems: [] });
});

test("a sign that arrives late, from before a stall, hides no blind spot", async () => {
  const { world, api, signs, start, until, pass } = await nightlyProcesses();
  await start("worker", "judges");
  await until("2026-03-02T01:55:00Z");
  api.isDown = true;
  await until("2026-03-02T02:24:59Z");
  // It was on its way when everything stood still.
  signs.set("api", at("2026-03-02T01:55:01Z"));
  await pass(1);
  expect(await world.ledger("nightly")).toEqual([]);
  api.isDown = false;
  await until("2026-03-02T02:40:00Z");
  expect(await blindSpots(world)).toEqual(["2026-03-02T01:55:01Z to 2026-03-02T02:25:01Z"]);
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("a worker that was stalled itself takes nothing for a blind spot", async () => {
  const { world, start, until, pass } = await nightlyProcesses();
  const worker = await start("worker", "judges");
  await until("2026-03-02T01:55:00Z");
  worker.isDown = true;
  await until("2026-03-02T02:30:00Z");
  worker.isDown = false;
  await pass(5);
  expect(await blindSpots(world)).toEqual([]);
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
});

test("a blind spot whose finder died before telling of it is told by whoever lives", async () => {
  const { world, api, start, until, pass } = await nightlyProcesses();
  await start("worker", "judges");
  await until("2026-03-02T01:00:00Z");
  api.isDown = true;
  await until("2026-03-02T01:20:00Z");
  const [fromAt, toAt] = [at("2026-03-02T01:00:00Z"), world.wall.at];
  await world.store.addBlindSpot({ id: `blind-${fromAt}`, fromAt, toAt, cause: "stopped" });
  await pass(5);
  expect((await world.told("ops")).filter((one) => one.startsWith("opened"))).toHaveLength(1);
});

test("a clock that was set back in one process is no blind spot while another hears; where none does, it is one", async () => {
  for (const isAlone of [false, true]) {
    const { world, start, until, pass, api } = await nightlyProcesses();
    const second = await start("second", "hears");
    await until(EVENING);
    api.isDown = isAlone;
    second.offBy.ms = -3_600_000;
    await tickAll(second.engine);
    // Right again at once, and before the other gives its next sign.
    world.wall.at += 300;
    second.offBy.ms = 0;
    await tickAll(second.engine);
    await pass(5);
    expect(await blindSpots(world)).toEqual(isAlone ? [`${EVENING} to ${EVENING}`] : []);
  }
});

test("what the store had heard and has lost is a blind spot, however short", async () => {
  const { world, signs, until, pass } = await nightlyProcesses();
  await until("2026-03-02T02:05:00Z");
  signs.set("api", at("2026-03-02T02:04:58Z"));
  await pass(1);
  expect(await blindSpots(world)).toEqual(["2026-03-02T02:04:58Z to 2026-03-02T02:05:01Z"]);
});

test("a check-in on its way in one process is not judged away by another", async () => {
  const { world, start, until } = await nightlyProcesses();
  const worker = await start("worker", "judges");
  await until("2026-03-02T02:09:59Z");
  worker.isDown = true;
  world.wall.at = at("2026-03-02T02:10:00Z");
  const began = checkInAt("start", world.wall.at);
  // Read before the deadline had passed, and committed as late as may be; the clocks of the two are apart as well.
  worker.offBy.ms = 400;
  for (let waited = 0; waited < 600; waited += 100) {
    world.wall.at += 100;
    await world.engine.hearing.hear();
    await tickAll(worker.engine);
  }
  await world.engine.recordCheckIn({ monitorId: await idOf(world), checkIn: began });
  worker.isDown = false;
  await until("2026-03-02T02:11:00Z");
  expect(await world.row("nightly", WINDOW)).toMatchObject({
    start: "on_time",
    judgements: [{ verdict: null }],
  });
  expect(await world.told()).toEqual([]);
});

test("check-ins of one run, decided by two processes in the wrong order, are no missing run", async () => {
  const { world, start, until, pass } = await nightlyProcesses();
  const second = await start("second", "hears");
  await start("worker", "judges");
  await until("2026-03-02T02:09:59Z");
  const [began, ended] = [checkInAt("start", at("2026-03-02T02:09:59.900Z")), "2026-03-02T02:10:00.200Z"];
  world.wall.at = at(ended);
  await second.engine.recordCheckIn({
    monitorId: await idOf(world),
    checkIn: checkInAt("success", at(ended)),
  });
  await world.engine.recordCheckIn({ monitorId: await idOf(world), checkIn: began });
  await pass(60);
  expect(await world.incidents()).toEqual([]);
  expect(
    (await world.rows("nightly")).map(({ judgements }) => judgements.map(({ verdict }) => verdict)),
  ).toEqual([[null, "late"]]);
});

test("a start is late from the first instant on, and is missed first where all that was received before is decided", async () => {
  for (const [startedAt, verdicts] of [
    ["2026-03-02T02:10:00.001Z", [null]],
    ["2026-03-02T02:10:01.000Z", [null]],
    ["2026-03-02T02:10:01.001Z", ["missing", "missing"]],
  ] as const) {
    const { world, until } = await nightlyProcesses();
    await until("2026-03-02T02:10:00Z");
    world.wall.at = at(startedAt);
    await world.checkIn("nightly", "start");
    const row = await world.row("nightly", WINDOW);
    expect(row.start).toBe("late");
    expect(row.judgements.map(({ verdict }) => verdict)).toEqual(verdicts);
  }
});

test("an edit counts from when it was made: no window from before it is expected", async () => {
  const { world, until, pass } = await nightlyProcesses();
  await until("2026-03-02T00:59:59.600Z");
  world.wall.at = at("2026-03-02T01:00:00.400Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 1 * * *" } }));
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "nightly",
    untilAt: null,
    reason: "x",
    by: "ann",
  });
  await world.engine.resumeMonitor({ project: PROJECT, slug: "nightly", by: "ann" });
  await pass(1_200);
  expect(await world.ledger("nightly")).toEqual([]);
});

async function nightlyProcesses() {
  const processes = await createProcesses("2026-03-02T00:30:00Z");
  await processes.world.monitor("nightly", nightly());
  return processes;
}

async function idOf({ store }: World): Promise<string> {
  return (await store.findMonitor(PROJECT, "nightly"))?.id ?? "";
}

async function blindSpots({ store }: World): Promise<string[]> {
  return (await store.listBlindSpots(0)).map(({ fromAt, toAt }) => `${iso(fromAt)} to ${iso(toAt)}`);
}

/** A process that is stopped between its decision and its commit. */
function heldCommits() {
  let isClosed = false;
  const arrived = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const over = (store: Store): Store => ({
    ...store,
    async commit(...given) {
      if (isClosed) {
        arrived.resolve();
        await opened.promise;
      }
      return store.commit(...given);
    },
  });
  const open = (): void => {
    isClosed = false;
    opened.resolve();
  };
  return { over, close: () => void (isClosed = true), open, reached: () => arrived.promise };
}
