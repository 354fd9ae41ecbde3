/** What `/metrics` says of check-ins, decisions, ticks, messages, hearing and the store, and what it never says. */
import { beforeEach, describe, expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { HOUR, MINUTE, SECOND } from "../makers.ts";
import { createFace, type Face } from "./face.ts";

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

/** The value of a series as it is written, labels included; null: there is none. */
async function valueOf(series: string): Promise<number | null> {
  const text = await (await face.app.request("/metrics")).text();
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

test("what an alert waits for is there before it has happened: at nought", async () => {
  expect(
    await Promise.all(
      [
        `rollcall_check_ins_total{dialect="native",outcome="accepted"}`,
        `rollcall_check_ins_total{dialect="native",outcome="unavailable"}`,
        `rollcall_monitors_judged_total{outcome="failed"}`,
        `rollcall_delivery_attempts_total{kind="webhook",result="given_up"}`,
      ].map(valueOf),
    ),
  ).toEqual([0, 0, 0, 0]);
});

const checkIn = (path: string) => face.app.request(`/checkin/${face.keys.ping}/${path}`);
const commits = (event: string, outcome: string) =>
  valueOf(`rollcall_commits_total{event="${event}",outcome="${outcome}"}`);

describe("decisions", () => {
  beforeEach(async () => {
    await checkIn("job?create=1&every=5m");
  });

  test("are counted by what they were about and what came of them", async () => {
    await checkIn("job/start?run=a&sent_at=2026-03-02T00:00:00Z");
    await checkIn("job/start?run=a&sent_at=2026-03-02T00:00:00Z");
    await face.api("POST", "/v1/monitors/job/pause", { body: { reason: "holidays" } });
    expect(await commits("check_in", "committed")).toBe(2);
    expect(await commits("check_in", "unchanged")).toBe(1);
    expect(await commits("paused", "committed")).toBe(1);
    expect(await valueOf(`rollcall_check_ins_total{dialect="native",outcome="duplicate"}`)).toBe(1);
  });

  test("that another writer was faster than are stale, and made again until they are given up", async () => {
    const { commit } = face.store;
    let others = 2;
    face.store.commit = (...given) => (others-- > 0 ? Promise.resolve("stale") : commit(...given));
    expect((await checkIn("job?run=a")).status).toBe(200);
    expect([await commits("check_in", "stale"), await commits("check_in", "committed")]).toEqual([2, 2]);
    others = 100;
    expect((await checkIn("job?run=b")).status).toBe(503);
    expect(await commits("check_in", "given_up")).toBe(1);
  });

  test("that the store refused have failed", async () => {
    const { commit } = face.store;
    face.store.commit = () => Promise.reject(new RollcallError("unavailable", "The disk is full."));
    expect((await checkIn("job?run=a")).status).toBe(503);
    face.store.commit = commit;
    expect(await commits("check_in", "failed")).toBe(1);
  });
});

test("ticks, and how late monitors are judged, are observed; one that cannot be judged has failed", async () => {
  await checkIn("late?create=1&every=5m&grace=1m");
  await checkIn("broken?create=1&every=5m&grace=1m");
  const { load } = face.store;
  const broken = await face.store.findMonitor("default", "broken");
  face.store.load = (id, wanted) =>
    id === broken?.id ? Promise.reject(new Error("ours")) : load(id, wanted);
  await face.pass(6 * MINUTE);
  face.ring(2 * SECOND);
  await face.engine.tick();
  expect(await valueOf("rollcall_tick_seconds_count")).toBeGreaterThan(300);
  expect(await valueOf(`rollcall_monitors_judged_total{outcome="judged"}`)).toBeGreaterThan(0);
  expect(await valueOf(`rollcall_monitors_judged_total{outcome="failed"}`)).toBeGreaterThan(0);
  expect(await valueOf("rollcall_tick_lag_seconds_count")).toBeGreaterThan(1);
  // It is left out for a while, and due all that time.
  expect(await valueOf("rollcall_due_lag_seconds")).toBeGreaterThan(1);
});

test("the message that waits longest is told by how long it could have been sent", async () => {
  const hook = { kind: "webhook", settings: { url: "https://example.org/hook" } };
  await face.api("PUT", "/v1/channels/hook", { body: hook });
  await checkIn("job?create=1&every=5m&grace=1m&signals=finish");
  await face.pass(6 * MINUTE);
  expect(await valueOf("rollcall_outbox_age_seconds")).toBe(0);
  await face.pass(20 * SECOND);
  expect(await valueOf("rollcall_outbox_age_seconds")).toBe(19);
  const [batch] = await face.store.claimNotifications({ nowAt: face.now(), leaseMs: MINUTE, limit: 1 });
  expect(await valueOf("rollcall_outbox_age_seconds")).toBe(0);
  await face.store.settleNotifications(
    batch ?? { project: "", channel: "", incidentId: null, leasedUntilAt: 0 },
    [
      {
        id: batch?.notifications[0]?.id ?? "",
        status: "sent",
        attempt: null,
        notBeforeAt: 0,
        isDigested: false,
      },
    ],
    null,
  );
  face.ring(HOUR);
  expect(await valueOf("rollcall_outbox_age_seconds")).toBe(0);
});

test("what could not be heard in the last day is told, and since when nothing is heard", async () => {
  expect(await valueOf("rollcall_hearing_age_seconds")).toBeNull();
  await face.engine.tick();
  face.ring(10 * MINUTE);
  expect(await valueOf("rollcall_hearing_age_seconds")).toBe(600);
  await face.engine.tick();
  expect(await valueOf("rollcall_hearing_age_seconds")).toBe(0);
  expect(await valueOf("rollcall_blind_last_day_seconds")).toBe(600);
  expect(await valueOf("rollcall_blind_last_day_spots")).toBe(1);
});

test("while the store cannot be asked, what this process has counted is told all the same", async () => {
  await checkIn("job?create=1&every=5m");
  face.store.dueMonitors = () => Promise.reject(new RollcallError("unavailable", "Redis is away."));
  expect(await valueOf("rollcall_due_lag_seconds")).toBeNull();
  expect(await valueOf("rollcall_hearing_age_seconds")).toBeNull();
  expect(await commits("check_in", "committed")).toBe(1);
  expect((await face.app.request("/metrics")).status).toBe(200);
});

test("no label says a name, a key or an address", async () => {
  await checkIn("secret-job?create=1&every=5m");
  await face.app.request("/checkin/rck_ping_default_0123456789abcdef0123/secret-job");
  await face.app.request("/nowhere/secret-job", { method: "PROPFIND" });
  await face.api("GET", "/v1/monitors/secret-job");
  const text = await (await face.app.request("/metrics")).text();
  for (const name of ["secret-job", "rck_", "default", "203.0.113", "PROPFIND"]) {
    expect(text).not.toContain(name);
  }
  expect(text).toContain('route="/v1/monitors/:slug"');
});
