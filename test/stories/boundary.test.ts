/**
 * The trust boundary, told as stories: what a guard on the user's own route tells says where a run died, before any of
 * the job's own code ran. From the incident that began with a hardened check, and from others like it in public.
 */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { MINUTE } from "../makers.ts";
import { admitted, guardedWorld, HMAC, listen, refused, ROUTE, tell } from "./guards.ts";
import { at, createWorld, nightly, PROJECT } from "./world.ts";

test("a hardened check refuses the platform's own call: rejected, not missed, at the first window (R33)", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:00Z");
  await tell(world, [refused("wrong_scheme", { expected: HMAC, seen: "a bearer token" })]);
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({
    kind: "missing",
    phase: "rejected_at_boundary",
    title: `nightly: 1 call rejected by GET /api/cron since 02:00 (wrong_scheme): expected ${HMAC}, got a bearer token; no run was accepted`,
  });
  expect(await world.told()).toHaveLength(1);
});

test("a guard that listened all the time and was not called: the scheduler never dispatched it", async () => {
  const world = await guardedWorld();
  await listen(world, "2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({
    phase: "not_dispatched",
    title: "nightly: expected 02:00 UTC, not dispatched: nothing called GET /api/cron by 02:10 (grace 10m)",
  });
});

test("a guard that fell silent before the run was due says nothing of the scheduler", async () => {
  const world = await guardedWorld();
  await listen(world, "2026-03-02T01:58:00Z");
  await world.until("2026-03-02T02:10:01Z");
  const incident = await world.incident("nightly");
  expect(incident?.phase).toBe("not_arrived");
  expect(incident?.evidence.unknown.join()).toContain("is known to have listened from");
});

test("a gap in a guard's listening is a gap, though it listens again at the deadline", async () => {
  const world = await guardedWorld();
  await listen(world, "2026-03-02T01:54:00Z");
  await world.until("2026-03-02T01:59:00Z");
  await listen(world, "2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("not_arrived");
});

test("called, let in, and never heard of: the incident says when", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [admitted()]);
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({
    phase: "not_arrived",
    title:
      "nightly: expected 02:00 UTC, GET /api/cron was called and let in at 02:00:05, but no run checked in by 02:10 (grace 10m)",
  });
});

test("a call that was let in and a run that checks in make no incident", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [admitted()]);
  await world.run("nightly");
  await listen(world, "2026-03-02T02:20:00Z");
  expect(await world.incidents()).toEqual([]);
});

test.each(["not_arrived", "not_dispatched"])("receipts that come late change %s once", async (phase) => {
  const world = await guardedWorld();
  if (phase === "not_dispatched") await listen(world, "2026-03-02T02:10:01Z");
  else await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe(phase);
  const calledAt = world.wall.at - 5 * MINUTE;
  for (const times of [[0, 1_000], [2_000]]) {
    await tell(
      world,
      times.map((time) => refused("wrong_secret", { at: calledAt + time })),
    );
  }
  expect(await world.incident("nightly")).toMatchObject({ phase: "rejected_at_boundary", rejections: 3 });
  expect((await world.told()).map((one) => one.split(" ")[0])).toEqual(["opened", "changed"]);
});

test("calls of the read-only probe say nothing of runs", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  const route = "GET /.well-known/rollcall/probe";
  await tell(world, [
    refused("no_credentials", { isProbe: true, route }),
    admitted({ isProbe: true, route }),
  ]);
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({ phase: "not_arrived", rejections: 0 });
  const [probe] = await world.engine.listGuardedRoutes({ project: PROJECT });
  expect(probe?.route).toMatchObject({ route, isProbe: true, count: 2 });
});

test("a batch that is told again changes nothing", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  const batch = [refused("wrong_secret"), refused("expired"), admitted({ at: world.wall.at - 1 })];
  for (let count = 0; count < 3; count += 1) await tell(world, batch);
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.rejections).toBe(2);
  const [guarded] = await world.engine.listGuardedRoutes({ project: PROJECT });
  expect(guarded?.route.count).toBe(3);
});

test.each([
  ["is ahead", MINUTE],
  ["is far behind", -LIMITS.receiptBackMs - MINUTE],
])("a batch that is told again by a guard whose clock %s changes nothing either", async (_how, offMs) => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  const batch = [refused("wrong_secret", { at: world.wall.at + offMs })];
  await tell(world, batch);
  await world.pass("6s");
  await tell(world, batch);
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.rejections).toBe(1);
});

test.each([
  ["as long ago as a guard may keep it", -LIMITS.receiptBackMs, -LIMITS.receiptBackMs],
  ["longer ago", -LIMITS.receiptBackMs - 1, 0],
  ["just now", 0, 0],
  ["to come", 1, 0],
])("a call said to be of %s", async (_when, saidMs, keptMs) => {
  const world = await guardedWorld();
  const receivedAt = world.wall.at;
  await tell(world, [refused("wrong_secret", { at: receivedAt + saidMs })]);
  const page = await world.engine.listRejections({
    project: PROJECT,
    of: { monitor: "nightly" },
    page: { cursor: null, limit: 10 },
  });
  expect(page.items[0]?.rejection.lastAt).toBe(receivedAt + keptMs);
});

test("of a monitor's many routes those heard of last are looked at", async () => {
  const world = await guardedWorld();
  const route = (index: number): string => `GET /${String.fromCharCode(97 + index)}`;
  for (let index = 0; index <= LIMITS.guardRoutesSeen; index += 1) {
    await world.pass("1s");
    await tell(world, [admitted({ route: route(index) })]);
  }
  await world.until("2026-03-02T02:10:01Z");
  const { id } = (await world.store.findMonitor(PROJECT, "nightly")) ?? { id: "" };
  const journal = await world.store.listJournal(id, { fromAt: 0, toAt: 1e14 }, { cursor: null, limit: 10 });
  const seen = journal.items.at(-1)?.context.guard?.routes.map((each) => each.route);
  expect(seen).toHaveLength(LIMITS.guardRoutesSeen);
  expect(seen).not.toContain(route(0));
});

test("a slug that no monitor has harms nobody: the call waits in the inbox", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [
    refused("wrong_secret", { monitor: "gone" }),
    refused("wrong_secret", { monitor: null }),
  ]);
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({ phase: "not_arrived", rejections: 0 });
});

test("S11: GitHub gave the repository an immutable subject, and every token is refused", async () => {
  const world = await createWorld("2026-07-20T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-07-20T02:03:00Z");
  await world.reject("nightly", "wrong_subject", {
    expected: "sub repo:octo-org/jobs:ref:refs/heads/main (contract github)",
    seen: "an identity token of another subject",
  });
  await world.until("2026-07-20T02:10:01Z");
  const incident = await world.incident("nightly");
  expect(incident?.title).toBe(
    "nightly: 1 check-in rejected at the trust boundary since 02:03 (wrong_subject): expected sub repo:octo-org/jobs:ref:refs/heads/main (contract github), got an identity token of another subject; no run was accepted",
  );
  expect(incident?.evidence.next).toMatch(/immutable subject.*pin repository_id, repository_owner_id/);
});

test("S12: the secret was never set: two routes that fail on every call are told at the first window", async () => {
  const world = await guardedWorld();
  await world.monitor("streaks", nightly());
  const of = (route: string, monitor: string) =>
    refused("not_configured", {
      route,
      monitor,
      expected: "a bearer token (contract vercel, which has no secret)",
      seen: "a bearer token",
    });
  await world.until("2026-03-02T02:00:02Z");
  await tell(world, [of(ROUTE, "nightly"), of("GET /api/streaks", "streaks")]);
  await world.until("2026-03-02T02:10:01Z");
  for (const slug of ["nightly", "streaks"]) {
    const incident = await world.incident(slug);
    expect(incident).toMatchObject({ phase: "rejected_at_boundary", windowsLost: 1 });
    expect(incident?.evidence.next).toMatch(
      /^Set the secret in the route's environment.*it fails closed until then/,
    );
  }
});

test("S14: the handler takes POST alone and the platform calls with GET", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:00Z");
  const words = { expected: "a call with POST (contract vercel)", seen: "a call with GET" };
  await tell(world, [refused("method_not_allowed", words)]);
  await world.until("2026-03-02T02:10:01Z");
  const incident = await world.incident("nightly");
  expect(incident?.title).toContain(
    "(method_not_allowed): expected a call with POST (contract vercel), got a call with GET",
  );
  expect(incident?.evidence.next).toContain("the method that the scheduler calls with");
});

test("S15: a secret changed on one side with a deploy: one burst, one incident, and the deploy is named", async () => {
  const world = await createWorld("2026-03-02T13:55:00Z");
  await world.monitor("sync", { schedule: { cron: "*/2 * * * *" }, graceMs: 30_000 });
  for (const time of ["13:56", "13:58", "14:00"]) {
    await world.until(`2026-03-02T${time}:00Z`);
    await world.run("sync");
  }
  await world.engine.noteDeploy({
    project: PROJECT,
    commit: "abc1234",
    at: at("2026-03-02T14:01:30Z"),
    by: "ci",
  });
  await world.until("2026-03-02T14:02:00Z");
  for (let call = 0; call < 7; call += 1) {
    await tell(world, [
      refused("wrong_secret", {
        monitor: "sync",
        route: "POST /api/sync",
        expected: "the secret of vercel",
        seen: "another secret",
      }),
    ]);
    await world.pass("2m");
  }
  const [incident, ...others] = await world.incidents();
  expect(others).toEqual([]);
  expect(incident?.title).toBe(
    "sync: 7 calls rejected by POST /api/sync since 14:02 (wrong_secret): expected the secret of vercel, got another secret; no run was accepted",
  );
  expect(incident?.evidence.known.slice(0, 2)).toEqual([
    "Secret mismatch since 2026-03-02 14:02 UTC.",
    "Deploy abc1234 at 2026-03-02 14:01:30 UTC.",
  ]);
  expect((await world.told()).filter((one) => one.startsWith("opened"))).toHaveLength(1);
});

test("S16: the key of the job was revoked: its refused check-ins are told, not only the silence", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  await world.reject("nightly", "revoked", { seen: "ping key key_1, which was revoked" });
  await world.until("2026-03-02T02:10:01Z");
  const incident = await world.incident("nightly");
  expect(incident?.phase).toBe("rejected_at_boundary");
  expect(incident?.evidence.came).toContain("what came was ping key key_1, which was revoked");
  expect(incident?.evidence.next).toMatch(/^Give the job a key that stands/);
});

test("S16: the monitor was renamed: what the job still calls it waits in the inbox, and is claimed", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly-backup", nightly());
  await world.until("2026-03-02T02:00:03Z");
  await world.engine.recordRejection({
    project: PROJECT,
    monitorId: null,
    slug: "nightly-bakcup",
    reason: "unknown_monitor",
    at: world.wall.at,
    addressPrefix: "192.0.2.0/24",
    headerNames: [],
    expected: "a check-in for a monitor that exists",
    seen: "a check-in for a name that no monitor has",
  });
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly-backup"))?.phase).toBe("not_arrived");
  const inbox = await world.engine.listRejections({
    project: PROJECT,
    of: "inbox",
    page: { cursor: null, limit: 10 },
  });
  expect(inbox.items).toMatchObject([{ didYouMean: "nightly-backup", rejection: { count: 1 } }]);
  const id = inbox.items[0]?.rejection.id ?? "";
  await world.engine.claimRejection({ project: PROJECT, id, slug: "nightly-backup" });
  expect(await world.incident("nightly-backup")).toMatchObject({
    phase: "rejected_at_boundary",
    rejections: 1,
  });
  expect((await world.told()).at(-1)).toMatch(
    /^changed nightly-backup: 1 check-in rejected at the trust boundary since 02:00:03 \(unknown_monitor\)/,
  );
});
