/**
 * A route on the internet is called by anybody. What strangers do there, and people who try it, tells no wrong story of a
 * run that is missing; and a guard vouches for no silence that it did not hear.
 */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { admitted, guardedWorld, HMAC, listen, refused, tell } from "./guards.ts";
import { at } from "./world.ts";

const SCANNED = { expected: "a bearer token (contract vercel)", seen: "nothing" };

test("a stranger who scans the route does not hide what the scheduler showed", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T01:58:00Z");
  await tell(world, [refused("no_credentials", SCANNED)]);
  await world.until("2026-03-02T02:00:00Z");
  await tell(world, [refused("wrong_scheme", { expected: HMAC, seen: "a bearer token" })]);
  const scan = Array.from({ length: 2 * LIMITS.rejectionsCounted }, (_, index) =>
    refused("no_credentials", {
      ...SCANNED,
      addressPrefix: `192.0.${index % 9}.0/24`,
      at: world.wall.at - index,
    }),
  );
  await world.until("2026-03-02T02:01:00Z");
  await tell(world, scan);
  await world.until("2026-03-02T02:10:01Z");
  const title = `nightly: 1 call rejected by GET /api/cron since 02:00 (wrong_scheme): expected ${HMAC}, got a bearer token; no run was accepted`;
  expect(await world.incident("nightly")).toMatchObject({ title, rejections: 1 });
  await tell(world, [refused("no_credentials", SCANNED)]);
  expect((await world.incident("nightly"))?.title).toBe(title);
});

test("refusals of which nobody knows whose they were say so, until somebody shows something", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:00Z");
  await tell(world, [refused("no_credentials", SCANNED)]);
  await world.until("2026-03-02T02:10:01Z");
  const before = await world.incident("nightly");
  expect(before).toMatchObject({ phase: "rejected_at_boundary", rejections: 1 });
  expect(before?.evidence.unknown.join()).toContain("may be anybody");
  expect(before?.evidence.next).toMatch(/^Look at the scheduler's own log first/);
  await tell(world, [refused("wrong_secret")]);
  const after = await world.incident("nightly");
  expect(after?.title).toContain("1 call rejected by GET /api/cron since 02:10:01 (wrong_secret)");
  expect(after?.evidence.unknown.join()).not.toContain("may be anybody");
});

test("the scheduler's call was let in: whoever was refused there besides was somebody else", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [admitted(), refused("no_credentials", SCANNED)]);
  await world.until("2026-03-02T02:10:01Z");
  await tell(world, [refused("no_credentials", SCANNED)]);
  expect(await world.incident("nightly")).toMatchObject({
    phase: "not_arrived",
    title: expect.stringContaining("GET /api/cron was called and let in at 02:00:05"),
  });
  await world.reject("nightly", "wrong_secret");
  expect(await world.incident("nightly")).toMatchObject({
    phase: "rejected_at_boundary",
    title: expect.stringContaining("1 check-in rejected at the trust boundary"),
  });
});

test("a call that is told of too late takes back that nobody called, and that is told once", async () => {
  const world = await guardedWorld();
  await listen(world, "2026-03-02T02:08:00Z");
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("not_dispatched");
  await world.until("2026-03-02T02:12:00Z");
  const late = [admitted({ at: at("2026-03-02T02:09:00Z") })];
  for (let times = 0; times < 2; times += 1) await tell(world, late);
  expect(await world.incident("nightly")).toMatchObject({
    phase: "not_arrived",
    title: expect.stringContaining("GET /api/cron was called and let in at 02:09"),
  });
  expect((await world.told()).map((one) => one.split(" ")[0])).toEqual(["opened", "changed"]);
});

test("a person who tries the route is not its scheduler", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [refused("wrong_secret"), admitted({ principal: "manual" })]);
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.title).toContain("(wrong_secret)");
});

test("whoever looks for addresses makes many routes, and none of them hides the call that was let in", async () => {
  const world = await guardedWorld();
  await world.until("2026-03-02T02:00:05Z");
  await tell(world, [admitted()]);
  await world.until("2026-03-02T02:08:00Z");
  const sinceAt = at("2026-03-02T01:00:00Z");
  const paths = Array.from({ length: 3 * LIMITS.guardRoutesSeen }, (_, index) => `GET /api/${index}`);
  const routes = paths.map((route) => ({ route, monitor: "nightly", configHash: "abc" }));
  await tell(world, [], { instance: "one", routes, sinceAt, at: world.wall.at });
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.title).toContain(
    "GET /api/cron was called and let in at 02:00:05",
  );
});

test("a process that was away for a moment, however short, may have missed the call", async () => {
  const world = await guardedWorld();
  await listen(world, "2026-03-02T01:59:30Z");
  await world.until("2026-03-02T02:00:30Z");
  await listen(world, "2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("not_arrived");
});
