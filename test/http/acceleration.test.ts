/** `/v1/monitors/{slug}/accelerate`: begun, shown, refused and taken back. */
import { beforeEach, describe, expect, test } from "vitest";
import { MINUTE } from "../makers.ts";
import { createFace, type Face } from "./face.ts";

let face: Face;
const PATH = "/v1/monitors/nightly/accelerate";
const asked = { schedule: { every: "1m" }, expires_in: "30m", revert_on: "first_verified" };

beforeEach(async () => {
  face = await createFace();
  await face.api("PUT", "/v1/monitors/nightly", { body: { schedule: { cron: "0 2 * * *" } } });
});

describe("accelerating a monitor", () => {
  test("answers with the monitor, its faster runs, and what is left to a person", async () => {
    const { status, json } = await face.api("POST", PATH, { body: asked });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      schedule: { cron: "0 2 * * *" },
      schedule_version: 2,
      next: { expected_at: "2026-03-02T00:01:00Z", projected: true },
      warnings: [],
      next_runs: expect.arrayContaining(["2026-03-02T00:01:00Z"]),
      acceleration: {
        schedule: { every: 60, from: "start" },
        began_at: "2026-03-02T00:00:00Z",
        until: "2026-03-02T00:30:00Z",
        by: expect.stringMatching(/^key /),
        reverted_at: null,
        reverted_by: null,
        cadence: { said: null, started_at: [] },
        timeline: [{ at: "2026-03-02T00:00:00Z", by: expect.stringMatching(/^key /) }],
      },
    });
    expect(json.acceleration.advice).toMatch(/^Have the real scheduler run the job every minute/);
  });

  test("a good run takes it back, and everybody who may read sees by what", async () => {
    await face.api("POST", PATH, { body: asked });
    await face.pass(MINUTE);
    await face.app.request(`/checkin/${face.keys.ping}/nightly`);
    const { json } = await face.api("GET", "/v1/monitors/nightly", { key: face.keys.read });
    expect(json.acceleration).toMatchObject({
      reverted_at: "2026-03-02T00:01:00Z",
      reverted_by: "first_verified",
      advice: expect.stringContaining("Set the real scheduler back to its own schedule (at 02:00"),
    });
    expect(json.next.expected_at).toBe("2026-03-02T02:00:00Z");
  });

  test("DELETE takes it back, and once more changes nothing", async () => {
    await face.api("POST", PATH, { body: asked });
    const once = await face.api("DELETE", PATH);
    expect(once.json.acceleration).toMatchObject({ reverted_by: "person" });
    await face.pass(MINUTE);
    const twice = await face.api("DELETE", PATH);
    expect([twice.status, twice.json.acceleration]).toEqual([200, once.json.acceleration]);
  });

  test("another one while it is on is a conflict; the same is none", async () => {
    await face.api("POST", PATH, { body: asked });
    expect((await face.api("POST", PATH, { body: asked })).status).toBe(200);
    const other = await face.api("POST", PATH, { body: { ...asked, expires_in: "31m" } });
    expect([other.status, other.json.code]).toEqual([409, "conflict"]);
    expect(other.json.detail).toMatch(/accelerated already, every minute until 2026-03-02T00:30:00/);
  });

  test("what is wrong is named with its field", async () => {
    const problemsOf = async (body: object): Promise<unknown> =>
      (await face.api("POST", PATH, { body })).json.problems;
    expect(await problemsOf({ ...asked, schedule: { cron: "61 * * * *" } })).toMatchObject([
      { field: "schedule.cron[0]" },
    ]);
    expect(await problemsOf({ ...asked, expires_in: "2d" })).toMatchObject([{ field: "expires_in" }]);
    expect(await problemsOf({ ...asked, revert_on: "never" })).toMatchObject([{ field: "revert_on" }]);
    expect(await problemsOf({ ...asked, ends: "soon" })).toMatchObject([{ field: "ends" }]);
  });

  test("is for admins, and for monitors that are there", async () => {
    expect((await face.api("POST", PATH, { body: asked, key: face.keys.read })).status).toBe(403);
    expect((await face.api("DELETE", PATH, { key: face.keys.ping })).status).toBe(403);
    const unknown = await face.api("POST", "/v1/monitors/none/accelerate", { body: asked });
    expect(unknown.status).toBe(404);
    await face.api("DELETE", "/v1/monitors/nightly");
    expect((await face.api("POST", PATH, { body: asked })).status).toBe(404);
  });

  test("a monitor written in a file may be accelerated, and applying that file again does not end it", async () => {
    const path = "/v1/configuration/apply?file=rollcall.yaml";
    const body = { monitors: { nightly: { schedule: { cron: "0 2 * * *" } } } };
    const apply = () => face.api("POST", path, { body });
    expect((await apply()).status).toBe(200);
    expect((await face.api("POST", PATH, { body: asked })).status).toBe(200);
    await face.pass(MINUTE);
    await apply();
    const { json } = await face.api("GET", "/v1/monitors/nightly");
    expect(json.acceleration.reverted_at).toBeNull();
    expect(json.managed_by).toBe("rollcall.yaml");
  });
});
