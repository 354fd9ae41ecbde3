/**
 * Nights on which the clock changes, in New York. Nobody is alerted for a run that only another scheduler would
 * have made, and nothing that every scheduler would have made is overlooked.
 */
import { describe, expect, test } from "vitest";
import { currentJudgement } from "../../src/domain/ledger.ts";
import { checkNight, live, type Night } from "./nights.ts";
import { at, createWorld } from "./world.ts";

const NAMED = ["cron", "kubernetes", "systemd"] as const;

describe("New York leaves out 02:00 to 03:00 on 8 March 2026", () => {
  const night = { timezone: "America/New_York", from: "2026-03-07T08:00:00Z", to: "2026-03-09T07:00:00Z" };
  const fixed = { ...night, cron: "30 2 * * *" };
  const nextStart = "2026-03-09T06:30:05Z";
  const next = "2026-03-09T06:30:00Z on_time";
  test.each<Night>([
    {
      what: "scheduler unset: a job that makes up for its time at 03:00 is on time",
      ...fixed,
      starts: ["2026-03-08T07:00:05Z", nextStart],
      ledger: ["2026-03-08T07:00:00Z on_time", next],
    },
    {
      what: "scheduler unset: a job that skips its time is excused",
      ...fixed,
      starts: [nextStart],
      ledger: ["2026-03-08T07:00:00Z excused", next],
    },
    {
      what: "scheduler unset: the night after is judged as ever",
      ...fixed,
      starts: ["2026-03-08T07:00:05Z"],
      ledger: ["2026-03-08T07:00:00Z on_time", "2026-03-09T06:30:00Z missing"],
      incidents: ["open"],
    },
    {
      what: "scheduler unset: what everyone runs at 03:00 is not excused",
      ...fixed,
      cron: "0 2,3 * * *",
      to: "2026-03-08T09:00:00Z",
      starts: [],
      ledger: ["2026-03-08T07:00:00Z missing"],
      incidents: ["open"],
    },
    {
      what: "cron: a job that does not make up for its time is missing",
      ...fixed,
      scheduler: "cron",
      starts: [nextStart],
      ledger: ["2026-03-08T07:00:00Z missing", next],
      incidents: ["resolved"],
    },
    ...(["kubernetes", "systemd"] as const).map((scheduler) => ({
      what: `${scheduler}: nothing is expected that night`,
      ...fixed,
      scheduler,
      starts: [nextStart],
      ledger: [next],
    })),
    ...[undefined, ...NAMED].map((scheduler) => ({
      what: `scheduler ${scheduler ?? "unset"}: a wildcard job of that hour has no run`,
      ...night,
      ...(scheduler === undefined ? {} : { scheduler }),
      cron: "*/30 2 * * *",
      to: "2026-03-09T05:00:00Z",
      starts: [],
      ledger: [],
    })),
  ])("$what", checkNight);
});

describe("New York has 01:00 to 02:00 twice on 1 November 2026", () => {
  const night = { timezone: "America/New_York", from: "2026-10-31T12:00:00Z", to: "2026-11-01T12:00:00Z" };
  const fixed = { ...night, cron: "30 1 * * *" };
  const wildcard = { ...night, cron: "*/30 1 * * *" };
  const [first, second] = ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"];
  const [firstStart, secondStart] = ["2026-11-01T05:30:05Z", "2026-11-01T06:30:05Z"];
  const firstPass = ["2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"];
  const secondPass = ["2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"];
  test.each<Night>([
    {
      what: "scheduler unset: a fixed job that runs once is on time, and its second time is excused",
      ...fixed,
      starts: [firstStart],
      ledger: [`${first} on_time`, `${second} excused`],
    },
    {
      what: "scheduler unset: a fixed job that runs twice is on time twice",
      ...fixed,
      starts: [firstStart, secondStart],
      ledger: [`${first} on_time`, `${second} on_time`],
    },
    {
      what: "scheduler unset: a fixed job that does not run at all is missing, once",
      ...fixed,
      starts: [],
      ledger: [`${first} missing`, `${second} excused`],
      incidents: ["open"],
    },
    {
      what: "scheduler unset: the first time keeps its deadline, and a start the second time answers it late",
      ...fixed,
      starts: [secondStart],
      ledger: [`${first} late`, `${second} excused`],
      incidents: ["resolved"],
    },
    {
      what: "scheduler unset: hours later the start still answers the first time",
      ...fixed,
      starts: ["2026-11-01T09:00:00Z"],
      ledger: [`${first} late`, `${second} excused`],
      incidents: ["resolved"],
    },
    {
      what: "scheduler unset: within a grace that reaches into the second pass that is on time",
      ...fixed,
      more: { graceMs: 2 * 3_600_000 },
      starts: ["2026-11-01T06:45:00Z"],
      ledger: [`${first} on_time`, `${second} excused`],
    },
    ...(["cron", "systemd"] as const).map((scheduler) => ({
      what: `${scheduler}: a fixed job is expected once`,
      ...fixed,
      scheduler,
      starts: [firstStart],
      ledger: [`${first} on_time`],
    })),
    {
      what: "kubernetes: a fixed job is expected twice",
      ...fixed,
      scheduler: "kubernetes",
      starts: [firstStart],
      ledger: [`${first} on_time`, `${second} missing`],
      incidents: ["open"],
    },
    {
      what: "scheduler unset: a wildcard job that runs in both passes is on time in both",
      ...wildcard,
      starts: [...firstPass, ...secondPass],
      ledger: [...firstPass, ...secondPass].map((instant) => `${instant} on_time`),
    },
    {
      what: "scheduler unset: a wildcard job that sleeps through the second pass is excused",
      ...wildcard,
      starts: firstPass,
      ledger: [
        ...firstPass.map((instant) => `${instant} on_time`),
        ...secondPass.map((instant) => `${instant} excused`),
      ],
    },
    {
      what: "scheduler unset: a wildcard job that does not run at all is missing in the first pass",
      ...wildcard,
      starts: [],
      ledger: [
        ...firstPass.map((instant) => `${instant} missing`),
        ...secondPass.map((instant) => `${instant} excused`),
      ],
      incidents: ["open"],
    },
    ...(["cron", "kubernetes"] as const).map((scheduler) => ({
      what: `${scheduler}: a wildcard job is expected in both passes`,
      ...wildcard,
      scheduler,
      starts: firstPass,
      ledger: [
        ...firstPass.map((instant) => `${instant} on_time`),
        ...secondPass.map((instant) => `${instant} missing`),
      ],
      incidents: ["open" as const],
    })),
    {
      what: "systemd: a wildcard job is expected in the first pass",
      ...wildcard,
      scheduler: "systemd",
      starts: firstPass,
      ledger: firstPass.map((instant) => `${instant} on_time`),
    },
    {
      what: "scheduler unset: a job that reports its end alone, and took until the second pass, is on time",
      ...fixed,
      more: { signals: "finish", maxRuntimeMs: 7_200_000 },
      to: "2026-11-01T14:00:00Z",
      starts: ["2026-11-01T06:50:00Z"],
      ledger: [`${first} on_time`, `${second} excused`],
    },
  ])("$what", checkNight);

  test("a job that runs for three hours is given the runtime of any other night", async () => {
    const world = await createWorld(night.from);
    await world.monitor("job", { schedule: { cron: fixed.cron, timezone: night.timezone } });
    await world.until(firstStart);
    await world.run("job", { takes: "3h" });
    expect(await world.ledger("job")).toEqual([`${first} on_time`, `${second} excused`]);
    expect(await world.incidents()).toEqual([]);
  });

  test("the excuse says why, and nobody is called late meanwhile", async () => {
    const world = await live({
      ...fixed,
      what: "",
      starts: [firstStart],
      to: "2026-11-01T06:35:00Z",
      ledger: [],
    });
    expect(await world.status("job")).toBe("up");
    await world.until("2026-11-01T06:41:00Z");
    const judgement = currentJudgement(await world.row("job", second));
    expect(judgement).toMatchObject({ verdict: "excused", cause: null, reason: { code: "clock_change" } });
  });

  test("a start that answered the first time leaves no second one to take", async () => {
    const grace = { graceMs: 2 * 3_600_000 };
    const world = await live({
      ...fixed,
      what: "",
      starts: [],
      to: "2026-11-01T06:31:00Z",
      ledger: [],
      more: grace,
    });
    await world.checkIn("job", "start", { runId: "same" });
    await world.pass("2m");
    const again = await world.checkIn("job", "start", { runId: "same" });
    expect(again.notes.join()).toContain("first start stands");
    await world.checkIn("job", "success", { runId: "same" });
    await world.until(night.to);
    expect(await world.ledger("job")).toEqual([`${first} on_time`, `${second} excused`]);
    expect(await world.incidents()).toEqual([]);
  });

  test("a run that names the second time takes it, and the first stays missing", async () => {
    const world = await live({ ...fixed, what: "", starts: [], to: secondStart, ledger: [] });
    await world.checkIn("job", "start", { scheduledForAt: at(second) });
    await world.checkIn("job", "success");
    await world.until(night.to);
    expect(await world.ledger("job")).toEqual([`${first} missing`, `${second} on_time`]);
  });

  test("a second time at which Rollcall could not hear is excused, not unknown", async () => {
    const world = await live({
      ...fixed,
      what: "",
      starts: [firstStart],
      to: "2026-11-01T06:20:00Z",
      ledger: [],
    });
    await world.sleepUntil("2026-11-01T07:30:00Z");
    await world.until(night.to);
    expect(await world.ledger("job")).toEqual([`${first} on_time`, `${second} excused`]);
  });

  test("a second run delivered late, after its window was excused, is one more run of the first", async () => {
    const world = await live({
      ...fixed,
      what: "",
      starts: [firstStart],
      to: "2026-11-01T08:00:00Z",
      ledger: [],
    });
    await world.checkIn("job", "start", { runId: "second", occurredAt: at(second) });
    await world.checkIn("job", "success", { runId: "second", occurredAt: at(second) + 60_000 });
    expect(await world.ledger("job")).toEqual([`${first} on_time`, `${second} excused`]);
    expect((await world.row("job", first)).extraCount).toBe(1);
    expect(await world.incidents()).toEqual([]);
  });

  test("a retry in the second pass still recovers the run that failed in the first", async () => {
    const world = await live({ ...fixed, what: "", starts: [], to: firstStart, ledger: [] });
    await world.checkIn("job", "start");
    await world.checkIn("job", "fail");
    await world.until("2026-11-01T06:50:00Z");
    await world.run("job");
    expect((await world.row("job", first)).recoveredBy).not.toBeNull();
    expect((await world.incidents()).map(({ status }) => status)).toEqual(["resolved"]);
  });
});
