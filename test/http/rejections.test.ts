/** Refused check-ins over the API: by monitor, the inbox of those that belong to none, and how one is claimed. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Face } from "./face.ts";

const HOURLY = { schedule: { cron: "0 * * * *" }, grace: "5m" };
const WRONG = "rck_ping_default_thisSecretIsTheOldOne12345";

let face: Face;

beforeEach(async () => {
  face = await createFace();
  for (const slug of ["hourly", "nightly-backup"])
    await face.api("PUT", `/v1/monitors/${slug}`, { body: HOURLY });
});

describe("the list", () => {
  test("is of one monitor, of none, or of all", async () => {
    await checkIn(WRONG, "hourly");
    await checkIn(face.keys.ping, "nightly-bakup");
    await checkIn(face.keys.ping, "something-else-entirely");
    expect(await list("")).toHaveLength(3);
    expect(await list("?monitor=hourly")).toMatchObject([
      { monitor: "hourly", reason: "wrong_secret", did_you_mean: null, route: null },
    ]);
    expect(await list("?monitor=nightly-backup")).toEqual([]);
    expect((await list("?inbox=true")).map(({ monitor, did_you_mean }) => [monitor, did_you_mean])).toEqual([
      ["something-else-entirely", null],
      ["nightly-bakup", "nightly-backup"],
    ]);
  });

  test("goes on from page to page, also of some", async () => {
    for (let count = 0; count < 7; count += 1) {
      await checkIn(face.keys.ping, `unknown-${count}`);
      await checkIn(WRONG, count % 2 === 0 ? "hourly" : "nightly-backup");
      face.ring(1_000);
    }
    const found: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { items, next_cursor } = (await face.api("GET", `/v1/rejections?inbox=true&limit=3${more}`)).json;
      expect(items.length).toBeLessThanOrEqual(3);
      found.push(...items.map((each: { monitor: string }) => each.monitor));
      cursor = next_cursor;
    }
    expect(found).toEqual([6, 5, 4, 3, 2, 1, 0].map((count) => `unknown-${count}`));
  });

  test("of a monitor that is not there, or of two kinds at once, is refused", async () => {
    expect((await face.api("GET", "/v1/rejections?monitor=nope")).json.code).toBe("not_found");
    const both = await face.api("GET", "/v1/rejections?monitor=hourly&inbox=true");
    expect([both.status, both.json.problems[0].field]).toEqual([400, "inbox"]);
  });
});

test("what every job here is asked for stands in no title, and what a job sent instead in its evidence", async () => {
  await face.pass(60 * 60_000 + 1_000);
  await checkIn(WRONG, "hourly");
  await face.pass(5 * 60_000);
  const { incident } = (await face.api("GET", "/v1/monitors/hourly")).json;
  expect(incident.title).toBe(
    "hourly: 1 check-in rejected at the trust boundary since 01:00:01 (wrong_secret); no run was accepted",
  );
  const { evidence } = (await face.api("GET", `/v1/incidents/${incident.id}`)).json;
  expect(evidence.came).toContain("what came was a ping key with a secret that is not known");
});

describe("claiming", () => {
  test("binds an entry to its monitor, and an open incident of a missing run learns of it", async () => {
    await face.pass(60 * 60_000 + 1_000);
    await checkIn(face.keys.ping, "nightly-bakup");
    await face.pass(5 * 60_000);
    expect(await phase()).toBe("not_arrived");
    const [entry] = await list("?inbox=true");
    const claimed = await claim(entry?.id, "nightly-backup");
    expect([claimed.status, claimed.json]).toMatchObject([
      200,
      { id: entry?.id, monitor: "nightly-backup", monitor_known: true, did_you_mean: null, count: 1 },
    ]);
    expect(await phase()).toBe("rejected_at_boundary");
    expect(await list("?inbox=true")).toEqual([]);
    expect(await list("?monitor=nightly-backup")).toHaveLength(1);
  });

  test("twice for one monitor is harmless, for another one a conflict", async () => {
    await checkIn(face.keys.ping, "nightly-bakup");
    const [entry] = await list("?inbox=true");
    await claim(entry?.id, "nightly-backup");
    expect((await claim(entry?.id, "nightly-backup")).status).toBe(200);
    const other = await claim(entry?.id, "hourly");
    expect([other.status, other.json.code]).toEqual([409, "conflict"]);
    expect(other.json.detail).toContain('belongs to the monitor "nightly-backup" already');
  });

  test("of what is not there, for whom it is not there, or without an admin key is refused", async () => {
    await checkIn(face.keys.ping, "nightly-bakup");
    const [entry] = await list("?inbox=true");
    expect((await claim("nope", "hourly")).json.code).toBe("not_found");
    expect((await claim(entry?.id, "nope")).json.code).toBe("not_found");
    const body = { monitor: "hourly" };
    const path = `/v1/rejections/${entry?.id}/claim`;
    for (const key of [face.keys.read, face.keys.ping])
      expect((await face.api("POST", path, { key, body })).status).toBe(403);
    expect((await face.api("POST", path, { body: {} })).json.problems[0].field).toBe("monitor");
  });
});

interface Entry {
  id: string;
  monitor: string | null;
  did_you_mean: string | null;
}

async function list(query: string): Promise<Entry[]> {
  return (await face.api("GET", `/v1/rejections${query}`)).json.items;
}

function claim(id: string | undefined, monitor: string) {
  return face.api("POST", `/v1/rejections/${id}/claim`, { body: { monitor } });
}

async function checkIn(key: string, slug: string): Promise<void> {
  await face.app.request(`/checkin/${key}/${slug}`);
}

async function phase(): Promise<string | undefined> {
  return (await face.api("GET", "/v1/monitors/nightly-backup")).json.incident?.phase;
}
