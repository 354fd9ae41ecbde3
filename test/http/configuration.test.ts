/** A configuration planned and applied over the API: the plan is exact, and what the file says is the file's. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Answer, type Face } from "./face.ts";

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const HOUR = 3_600_000;
const HOOK = { kind: "webhook", settings: { url: "https://hooks.example.org/one" } };
const nightly = { schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" }, grace: "10m" };
const hourly = { schedule: { every: "1h" }, channels: [{ name: "on-call" }] };
const hourlyAlone = { schedule: { every: "1h" } };
const both = { channels: { "on-call": HOOK }, monitors: { nightly, hourly } };

const FILE = "file=rollcall.yaml";
const plan = (body: object, query = FILE) => face.api("POST", `/v1/configuration/plan?${query}`, { body });
const applyUnseen = (body: object, query = FILE) =>
  face.api("POST", `/v1/configuration/apply?${query}`, { body });
/** The plan of now is agreed to. */
const apply = async (body: object, query = FILE): Promise<Answer> => {
  const planned = await plan(body, query);
  return planned.status === 200
    ? applyUnseen(body, `${query}&expect=${planned.json.fingerprint}`)
    : applyUnseen(body, query);
};
const monitor = async (slug: string) => (await face.api("GET", `/v1/monitors/${slug}`)).json;
/** `add monitor nightly` */
const acts = ({ json }: Answer): string[] =>
  json.steps.map((step: Record<string, string>) => `${step["act"]} ${step["what"]} ${step["name"]}`);
const changes = ({ json }: Answer): unknown[] =>
  json.steps.flatMap((step: { changes: unknown[] }) => step.changes);
const problems = ({ json }: Answer): string[] =>
  json.problems.map((each: { field: string; message: string }) => `${each.field}: ${each.message}`);

describe("contracts", () => {
  const secret = "a-secret-that-nobody-guesses";
  const hooks = { preset: "standard_webhooks", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  const document = (given: object) => ({
    project: { accepts: ["key", "hooks"] },
    contracts: { hooks, ...given },
    monitors: { nightly: { ...nightly, accepts: ["hooks"] } },
  });

  test("come before what names them, without their secrets, and then nothing is left to do", async () => {
    const applied = await apply(document({ platform: { scheme: "bearer", secret } }));
    expect(acts(applied)).toEqual([
      "add contract hooks",
      "add contract platform",
      "change project project",
      "add monitor nightly",
    ]);
    expect(changes(applied)).toContainEqual({ field: "secret", from: null, to: "set" });
    expect(JSON.stringify(applied.json)).not.toContain(secret);
    expect(acts(await plan(document({ platform: { scheme: "bearer", secret } })))).toEqual([]);
    expect((await face.api("GET", "/v1/monitors/nightly")).json.accepts).toEqual(["hooks"]);
  });

  test("take another secret with an overlap, and stay when they leave the file", async () => {
    await apply(document({ platform: { scheme: "bearer", secret } }));
    const other = document({ platform: { scheme: "bearer", secret: `${secret}-2`, rotate_overlap: "1h" } });
    const applied = await apply(other);
    expect([acts(applied), changes(applied)]).toEqual([
      ["change contract platform"],
      [{ field: "secret", from: "set", to: "another" }],
    ]);
    expect((await face.api("GET", "/v1/contracts/platform")).json.secrets).toHaveLength(2);
    expect(acts(await plan(other))).toEqual([]);
    expect(acts(await apply(document({}), `${FILE}&prune=true`))).toEqual([]);
    expect((await face.api("GET", "/v1/contracts/platform")).status).toBe(200);
  });

  test("two secrets that are said to stand do, also the one that was about to end", async () => {
    await apply(document({ platform: { scheme: "bearer", secret } }));
    await apply(document({ platform: { scheme: "bearer", secret: `${secret}-2` } }));
    const both = document({ platform: { scheme: "bearer", secrets: [`${secret}-2`, secret] } });
    expect(acts(await apply(both))).toEqual(["change contract platform"]);
    const { secrets } = (await face.api("GET", "/v1/contracts/platform")).json;
    expect(secrets).toMatchObject([{ ends_at: null }, { ends_at: null }]);
    expect(acts(await plan(both))).toEqual([]);
  });

  test("are refused with their place, and nothing is done", async () => {
    const refused = await apply(
      document({ platform: { scheme: "bearer" }, other: { preset: "vercell", secret } }),
    );
    expect(problems(refused)).toEqual([
      expect.stringContaining("contracts.platform.secret: is missing: refer to a variable"),
      expect.stringContaining("contracts.other.preset: is not known: did you mean vercel?"),
    ]);
    const unknown = await apply({ monitors: { nightly: { ...nightly, accepts: ["hooks"] } } });
    expect(problems(unknown)).toEqual([
      expect.stringContaining('monitors.nightly.accepts[0]: no contract is named "hooks"'),
    ]);
    expect((await face.api("GET", "/v1/contracts")).json.items).toEqual([]);
  });
});

describe("a plan", () => {
  test("says how often a quiet channel is to be tried, where that is not the usual", async () => {
    const every = (self_test_every: unknown) => ({
      channels: { "on-call": { ...HOOK, self_test_every } },
      monitors: {},
    });
    const added = changes(await apply(every("1d")));
    expect(added).toContainEqual({ field: "self_test_every", from: "7d", to: "1d" });
    expect((await plan(every(86_400))).json).toMatchObject({ steps: [], unchanged: 1 });
    expect(changes(await plan(every(null)))).toEqual([{ field: "self_test_every", from: "1d", to: null }]);
    expect(problems(await plan(every("5m")))).toEqual([
      "channels.on-call.self_test_every: 5m is no good: 1h to 60d is allowed, or null for never",
    ]);
  });

  test("says what would be done, what differs from the defaults, and changes nothing", async () => {
    const planned = await plan(both);
    expect(acts(planned)).toEqual(["add channel on-call", "add monitor hourly", "add monitor nightly"]);
    expect(planned.json.steps[2].changes).toEqual([
      { field: "schedule.cron", from: null, to: "0 2 * * *" },
      { field: "schedule.timezone", from: null, to: "Europe/Berlin" },
      { field: "grace", from: null, to: "10m" },
    ]);
    expect((await face.api("GET", "/v1/monitors")).json.items).toEqual([]);
    expect((await face.api("GET", "/v1/channels")).json.items).toEqual([]);
  });

  test("applied is exactly what is done, and then nothing is left to do, in whatever order the file has it", async () => {
    const planned = await plan(both);
    const applied = await applyUnseen(both, `${FILE}&expect=${planned.json.fingerprint}`);
    expect(applied).toMatchObject({ status: 200, json: { steps: planned.json.steps } });
    expect(await monitor("nightly")).toMatchObject({ grace: 600, managed_by: "rollcall.yaml" });
    const reordered = {
      monitors: { hourly: { channels: [{ name: "on-call" }], schedule: { every: 3600 } }, nightly },
      channels: both.channels,
    };
    for (const document of [both, reordered]) {
      expect((await plan(document)).json).toMatchObject({ steps: [], unchanged: 3 });
      expect((await apply(document)).json.steps).toEqual([]);
    }
    expect((await monitor("nightly")).schedule_version).toBe(1);
  });

  test("of a change names each field with what it was and will be", async () => {
    await apply(both);
    const edited = {
      ...both,
      monitors: {
        hourly,
        nightly: { ...nightly, grace: "15m", tags: ["db"], schedule: { cron: "30 2 * * *" } },
      },
    };
    expect(changes(await plan(edited))).toEqual([
      { field: "tags", from: [], to: ["db"] },
      { field: "schedule.cron", from: "0 2 * * *", to: "30 2 * * *" },
      { field: "schedule.timezone", from: "Europe/Berlin", to: "UTC" },
      { field: "grace", from: "10m", to: "15m" },
    ]);
  });

  test("tells that a secret changes and never what it is", async () => {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const signed = {
      channels: { ops: { kind: "webhook", settings: { ...HOOK.settings, secret } } },
      monitors: {},
    };
    const added = await plan(signed);
    expect(changes(added)).toContainEqual({ field: "settings.secret", from: null, to: "set" });
    await apply(signed);
    const other = structuredClone(signed);
    other.channels.ops.settings.secret = secret.replace("MfKQ", "AAAA");
    const changed = await plan(other);
    expect(changes(changed)).toEqual([{ field: "settings.secret", from: "set", to: "another" }]);
    expect(JSON.stringify([added, changed])).not.toContain("whsec_");
    expect((await plan(signed)).json.steps).toEqual([]);
  });

  test("that has been overtaken is not applied, and its applier is told", async () => {
    const { fingerprint } = (await plan(both)).json;
    const racers = await Promise.all([
      applyUnseen(both, `${FILE}&expect=${fingerprint}`),
      applyUnseen(both, `${FILE}&expect=${fingerprint}`),
    ]);
    expect(racers.map(({ status }) => status)).toEqual([200, 409]);
    expect(racers[1]?.json.detail).toContain("look at the new plan");
  });
});

describe("what the file says is the file's:", () => {
  test("edits elsewhere are refused with its name; acts of people are not", async () => {
    await apply(both);
    const refused = await Promise.all([
      face.api("PUT", "/v1/monitors/nightly", { body: nightly }),
      face.api("PATCH", "/v1/monitors/nightly", { body: { grace: "1h" } }),
      face.api("DELETE", "/v1/monitors/nightly"),
      face.api("PUT", "/v1/channels/on-call", { body: HOOK }),
      face.api("DELETE", "/v1/channels/on-call"),
    ]);
    for (const { status, json } of refused) {
      expect([status, json.code]).toEqual([409, "conflict"]);
      expect(json.detail).toContain("rollcall.yaml: change it there and apply that");
    }
    expect((await face.api("GET", "/v1/channels/on-call")).json.managed_by).toBe("rollcall.yaml");
    const paused = await face.api("POST", "/v1/monitors/nightly/pause", { body: { reason: "moving" } });
    expect(paused).toMatchObject({ status: 200, json: { status: "paused" } });
    expect((await face.api("POST", "/v1/monitors/nightly/resume")).json.pause).toBeNull();
    expect((await plan(both)).json.steps).toEqual([]);
  });

  test("clients of Healthchecks' API are refused as well, and may pause", async () => {
    await apply(both);
    const uuid = (await monitor("nightly")).ping_url.split("/").at(-1);
    const ask = async (method: string, path: string, body: object | null): Promise<number> => {
      const sent = body === null ? null : JSON.stringify(body);
      const headers = { "x-api-key": face.keys.admin };
      return (await face.app.request(`/api/v3/checks/${path}`, { method, headers, body: sent })).status;
    };
    expect(await ask("POST", uuid, { grace: 3600 })).toBe(409);
    expect(await ask("DELETE", uuid, null)).toBe(409);
    expect(await ask("POST", "", { slug: "nightly", unique: ["slug"], grace: 3600 })).toBe(409);
    expect(await ask("POST", `${uuid}/pause`, null)).toBe(200);
    expect((await plan(both)).json.steps).toEqual([]);
  });

  test("what was made by hand is adopted, its id and history with it", async () => {
    const made = await face.api("PUT", "/v1/monitors/nightly", { body: { ...nightly, grace: "5m" } });
    await face.api("PUT", "/v1/channels/on-call", { body: HOOK });
    const planned = await plan(both);
    expect(acts(planned)).toEqual(["adopt channel on-call", "add monitor hourly", "adopt monitor nightly"]);
    expect(planned.json.steps[2].changes).toEqual([{ field: "grace", from: "5m", to: "10m" }]);
    await apply(both);
    expect(await monitor("nightly")).toMatchObject({
      id: made.json.id,
      grace: 600,
      managed_by: "rollcall.yaml",
    });
  });

  test("a check-in with create=1 finds it and changes nothing", async () => {
    await apply(both);
    const url = `/checkin/${face.keys.ping}/nightly?create=1&every=5m`;
    expect((await face.app.request(url)).status).toBe(200);
    expect((await monitor("nightly")).schedule).toMatchObject({ cron: "0 2 * * *" });
  });

  test("two files are two owners: neither takes from the other, nor misses what it never had", async () => {
    await apply(both);
    const other = { monitors: { weekly: { schedule: { cron: "0 3 * * 0" } } } };
    expect(acts(await apply(other, "file=team.yaml"))).toEqual(["add monitor weekly"]);
    expect((await plan(both)).json.steps).toEqual([]);
    const taking = await plan({ monitors: { ...other.monitors, nightly } }, "file=team.yaml");
    expect(problems(taking)).toEqual([
      expect.stringContaining("monitors.nightly: is written in the configuration rollcall.yaml too"),
    ]);
    // A file that names itself is the same one wherever it lies.
    expect((await plan({ ...both, name: "rollcall.yaml" }, "file=copy.yaml")).json.steps).toEqual([]);
  });
});

describe("what leaves the file", () => {
  const without = { channels: both.channels, monitors: { hourly } };

  test("is paused and says why, and is as it was when it returns", async () => {
    await apply(both);
    const { id } = await monitor("nightly");
    expect(acts(await apply(without))).toEqual(["leave monitor nightly"]);
    expect(await monitor("nightly")).toMatchObject({
      status: "paused",
      managed_by: null,
      pause: { until: null, reason: "Not in rollcall.yaml any more" },
    });
    const again = await plan(without);
    expect(again.json).toMatchObject({ steps: [], kept: [{ what: "monitor", name: "nightly" }] });
    expect(acts(await apply(both))).toEqual(["return monitor nightly"]);
    expect(await monitor("nightly")).toMatchObject({ id, pause: null, managed_by: "rollcall.yaml" });
  });

  test("when it is most of them, somebody has to have seen the plan: the file may be cut off", async () => {
    await applyUnseen({ monitors: { nightly, hourly: hourlyAlone, weekly: hourlyAlone } });
    for (const query of [FILE, `${FILE}&prune=true`]) {
      const refused = await applyUnseen({ monitors: { nightly } }, query);
      expect(refused.status).toBe(409);
      expect(refused.json.detail).toContain("2 of the 3 monitors of rollcall.yaml are not in it any more");
    }
    expect(await monitor("hourly")).toMatchObject({ pause: null, managed_by: "rollcall.yaml" });
    expect((await applyUnseen({ monitors: { nightly, hourly: hourlyAlone } })).status).toBe(200);
    expect((await apply({ monitors: {} })).status).toBe(200);
  });

  test("excuses its windows meanwhile, and opens no incident", async () => {
    const often = { schedule: { cron: "*/5 * * * *" }, grace: "1m" };
    await apply({ monitors: { often } });
    await apply({ monitors: {} });
    await face.pass(11 * 60_000);
    expect((await monitor("often")).incident).toBeNull();
    await apply({ monitors: { often } });
    await face.pass(6 * 60_000);
    expect((await monitor("often")).incident).toMatchObject({ kind: "missing" });
    const windows = (await face.api("GET", "/v1/monitors/often/windows?to=2026-03-02T00:15:01Z")).json.items;
    expect(windows.map((each: { verdict: string }) => each.verdict)).toEqual([
      "excused",
      "excused",
      "missing",
    ]);
    const explained = await face.api("GET", "/v1/monitors/often/explain?at=2026-03-02T00:05:00Z");
    expect(explained.json.pauses).toMatchObject([{ kind: "pause", reason: "Not in rollcall.yaml any more" }]);
  });

  test("finds the pause that a person had put it into when it returns", async () => {
    await apply(both);
    const until = new Date(face.now() + 48 * HOUR).toISOString();
    await face.api("POST", "/v1/monitors/nightly/pause", { body: { until, reason: "moving" } });
    await apply(without);
    await apply(both);
    expect((await monitor("nightly")).pause).toMatchObject({
      until: until.replace(".000", ""),
      reason: "moving",
    });
  });

  test("may be edited and resumed by hand, and is nobody's after an edit", async () => {
    await apply(both);
    await apply(without);
    expect((await face.api("POST", "/v1/monitors/nightly/resume")).json.pause).toBeNull();
    expect((await plan(without)).json.steps).toEqual([]);
    expect((await face.api("PATCH", "/v1/monitors/nightly", { body: { grace: "1h" } })).status).toBe(200);
    expect((await plan(without, `${FILE}&prune=true`)).json).toMatchObject({ steps: [], kept: [] });
    expect(acts(await plan(both))).toEqual(["adopt monitor nightly"]);
  });

  test("is deleted only by pruning, channels after the monitors that name them", async () => {
    await apply(both);
    const empty = { monitors: {} };
    expect(acts(await plan(empty))).toEqual([
      "leave channel on-call",
      "leave monitor hourly",
      "leave monitor nightly",
    ]);
    await apply(empty);
    expect((await face.api("GET", "/v1/channels/on-call")).json.managed_by).toBeNull();
    expect((await plan(empty, `${FILE}&prune=true`)).json.warnings).toEqual([
      { field: "channels.on-call", message: expect.stringContaining("the project still names it") },
    ]);
    expect(acts(await apply(empty, `${FILE}&prune=true`))).toEqual([
      "remove monitor hourly",
      "remove monitor nightly",
      "remove channel on-call",
    ]);
    expect((await face.api("GET", "/v1/monitors/nightly")).status).toBe(404);
    expect((await face.api("GET", "/v1/channels/on-call")).status).toBe(404);
    expect((await plan(empty, `${FILE}&prune=true`)).json).toMatchObject({ steps: [], kept: [] });
  });

  test("gives its ping UUID up to its successor when it is pruned, and not before", async () => {
    const ping_uuid = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
    await apply({ monitors: { old: { ...nightly, ping_uuid } } });
    const renamed = { monitors: { renamed: { ...nightly, ping_uuid } } };
    expect(problems(await plan(renamed))).toEqual([
      'monitors.renamed.ping_uuid: is the ping UUID of the monitor "old" already',
    ]);
    expect((await apply(renamed, `${FILE}&prune=true`)).status).toBe(200);
    expect((await face.app.request(`/ping/${ping_uuid}`)).headers.get("rollcall-receipt")).toContain(
      "renamed",
    );
    expect((await plan(renamed)).json.steps).toEqual([]);
  });
});

describe("the project", () => {
  test("is changed only in what the file says of it, and channels are there before they are named", async () => {
    const document = { ...both, project: { operator_channels: ["on-call"] } };
    await face.api("PATCH", "/v1/project", { body: { name: "Acme" } });
    expect(acts(await apply(document))).toContain("change project project");
    expect((await face.api("GET", "/v1/project")).json).toMatchObject({
      name: "Acme",
      operator_channels: ["on-call"],
    });
    expect((await plan(document)).json.steps).toEqual([]);
    await face.api("PATCH", "/v1/project", { body: { operator_channels: [] } });
    expect(changes(await plan(document))).toEqual([
      { field: "operator_channels", from: [], to: ["on-call"] },
    ]);
  });
});
