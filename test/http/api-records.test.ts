/** The API's smaller records: keys, channels, plans, the project, previews. */
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { sighting, START } from "../makers.ts";
import { createFace, type Face } from "./face.ts";

let face: Face;
const hourly = { schedule: { cron: "0 * * * *", timezone: "Europe/Berlin" }, grace: "5m" };

beforeEach(async () => {
  face = await createFace();
});

describe("keys", () => {
  test("an admin key is shown once, a ping key to an admin always", async () => {
    const admin = await face.api("POST", "/v1/keys", { body: { kind: "admin", label: "deploy" } });
    expect(admin.status).toBe(201);
    expect(admin.json.key).toMatch(/^rck_admin_default_[0-9A-Za-z]{32}$/);
    const ping = await face.api("POST", "/v1/keys", { body: { kind: "ping" } });
    const { items } = (await face.api("GET", "/v1/keys")).json;
    const shown = Object.fromEntries(items.map((each: { id: string; key?: string }) => [each.id, each.key]));
    expect(shown[ping.json.id]).toBe(ping.json.key);
    expect(shown[admin.json.id]).toBeUndefined();
  });

  test("a rotated key stays good for the overlap, a revoked one for no moment", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    const { items } = (await face.api("GET", "/v1/keys")).json;
    const old = items.find((each: { kind: string }) => each.kind === "ping");
    const made = await face.api("POST", `/v1/keys/${old.id}/rotate`, { body: { overlap: "1h" } });
    const status = async (key: string) => (await face.app.request(`/checkin/${key}/hourly/log`)).status;
    expect([await status(old.key), await status(made.json.key)]).toEqual([200, 200]);
    face.ring(3_600_000);
    expect([await status(old.key), await status(made.json.key)]).toEqual([401, 200]);
    await face.api("POST", `/v1/keys/${made.json.id}/revoke`);
    expect(await status(made.json.key)).toBe(401);
    const reasons = (await face.api("GET", "/v1/rejections")).json.items.map(
      (each: { reason: string }) => each.reason,
    );
    expect(reasons.sort()).toEqual(["expired", "revoked"]);
  });

  test("the last admin key cannot be revoked", async () => {
    const { items } = (await face.api("GET", "/v1/keys")).json;
    const admin = items.find((each: { kind: string }) => each.kind === "admin");
    expect((await face.api("POST", `/v1/keys/${admin.id}/revoke`)).json.code).toBe("conflict");
  });
});

test("all rejections that a project may have can be read, page after page", async () => {
  for (let count = 0; count < LIMITS.rejectionsPerProject; count += 1) {
    await face.store.addRejection(sighting({ monitorId: null, slug: `guess-${count}`, at: START + count }));
  }
  const names = new Set<string>();
  let cursor = "";
  do {
    const { status, json } = await face.api("GET", `/v1/rejections?limit=50${cursor}`);
    expect(status).toBe(200);
    for (const { monitor } of json.items) names.add(monitor);
    cursor = json.next_cursor === null ? "" : `&cursor=${json.next_cursor}`;
  } while (cursor !== "");
  expect(names.size).toBe(LIMITS.rejectionsPerProject);
});

describe("project, channels, plans and previews", () => {
  const webhook = { kind: "webhook", settings: { url: "https://example.org/hook" } };

  test("channels hide their secrets and can be the project's default", async () => {
    const made = await face.api("PUT", "/v1/channels/hook", { body: webhook });
    expect([made.status, made.json.name, made.json.kind]).toEqual([201, "hook", "webhook"]);
    expect(
      (await face.api("PATCH", "/v1/project", { body: { default_channels: ["hook"], name: "Main" } })).json,
    ).toMatchObject({
      slug: "default",
      name: "Main",
      default_channels: ["hook"],
    });
    expect(
      (await face.api("PATCH", "/v1/project", { body: { operator_channels: ["nope"] } })).json.problems,
    ).toEqual([{ field: "operator_channels[0]", message: 'there is no channel "nope"' }]);
    expect((await face.api("DELETE", "/v1/channels/hook")).status).toBe(204);
    expect((await face.api("GET", "/v1/channels/hook")).status).toBe(404);
  });

  test("channels are tried every week when they are quiet, more seldom or never if that was chosen", async () => {
    const put = async (more: object) =>
      (await face.api("PUT", "/v1/channels/hook", { body: { ...webhook, ...more } })).json;
    expect((await put({})).self_test_every).toBe(7 * 86_400);
    expect((await put({ self_test_every: "30d" })).self_test_every).toBe(30 * 86_400);
    expect((await put({ self_test_every: 0 })).self_test_every).toBeNull();
    expect((await put({ self_test_every: null })).self_test_every).toBeNull();
    expect((await put({ self_test_every: "1h" })).self_test_every).toBe(3_600);
    const message = "59m is no good: 1h to 60d is allowed, or null for never";
    expect((await put({ self_test_every: "59m" })).problems).toEqual([{ field: "self_test_every", message }]);
    expect((await put({ self_test_every: "61d" })).problems).toMatchObject([{ field: "self_test_every" }]);
    expect((await face.api("GET", "/v1/channels/hook")).json.self_test_every).toBe(3_600);
  });

  test("maintenance is planned, excuses, and is called off", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    const body = {
      monitors: ["hourly"],
      from: "2026-03-02T00:30:00Z",
      until: "2026-03-02T02:30:00Z",
      reason: "move",
    };
    const made = await face.api("POST", "/v1/maintenance", { body });
    expect([made.status, made.json.monitors]).toEqual([201, ["hourly"]]);
    await face.pass(70 * 60_000);
    const { items } = (await face.api("GET", "/v1/monitors/hourly/windows")).json;
    expect(items[0]).toMatchObject({ expected_at: "2026-03-02T01:00:00Z", verdict: "excused" });
    expect((await face.api("GET", "/v1/maintenance")).json.items).toHaveLength(1);
    expect((await face.api("DELETE", `/v1/maintenance/${made.json.id}`)).status).toBe(204);
    expect((await face.api("DELETE", `/v1/maintenance/${made.json.id}`)).status).toBe(404);
    expect(
      (await face.api("POST", "/v1/maintenance", { body: { ...body, monitors: ["nope"] } })).status,
    ).toBe(404);
    const wrong = await face.api("POST", "/v1/silences", {
      body: { from: body.until, until: body.from, reason: "" },
    });
    expect(wrong.json.problems.map((each: { field: string }) => each.field)).toEqual([
      "monitors",
      "until",
      "until",
      "reason",
    ]);
  });

  test("a preview lists the next runs, or refuses what saving would refuse", async () => {
    const body = {
      schedule: { cron: "30 2 * * *", timezone: "America/New_York" },
      from: "2026-03-07T12:00:00Z",
      count: 2,
    };
    const { json } = await face.api("POST", "/v1/schedules/preview", { body });
    expect(json).toMatchObject({
      description: "at 02:30 every day, America/New_York",
      runs: ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
      local_runs: ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
    });
    expect(json.warnings).toHaveLength(1);
    const unasked = await face.api("POST", "/v1/schedules/preview", {
      body: { schedule: { cron: "@hourly" } },
    });
    expect(unasked.json.description).toBe("every hour, UTC; next in 1h");
    expect(unasked.json.runs).toHaveLength(5);
    expect(
      (await face.api("POST", "/v1/schedules/preview", { body: { schedule: { cron: "x" } } })).status,
    ).toBe(400);
  });
});
