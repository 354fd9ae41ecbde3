/** A monitor keeps the ping UUID it is known by: chosen when it is made, or changed later, and its own alone. */
import { beforeEach, expect, test } from "vitest";
import { createFace, type Face } from "./face.ts";

const UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
const OTHER = "0c8983c9-9d73-446f-adb5-0641fdacc9d4";
const schedule = { every: "1h" };

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const put = (slug: string, more: object) =>
  face.api("PUT", `/v1/monitors/${slug}`, { body: { schedule, ...more } });
const pinged = async (uuid: string) => {
  const response = await face.app.request(`/ping/${uuid}`);
  return { status: response.status, receipt: response.headers.get("rollcall-receipt") };
};

test("the ping URL that a crontab calls already reaches the monitor, and only there the UUID is shown", async () => {
  const made = await put("backup", { ping_uuid: UUID });
  expect(made).toMatchObject({
    status: 201,
    json: { ping_url: `https://rollcall.example.org/ping/${UUID}` },
  });
  expect(Object.keys(made.json)).not.toContain("ping_uuid");
  expect(await pinged(UUID)).toMatchObject({ status: 200, receipt: expect.stringContaining("backup") });
  const seen = await face.api("GET", "/v1/monitors/backup", { key: face.keys.read });
  expect(JSON.stringify(seen.json)).not.toContain(UUID);
});

test("an edit that names none, or the same, leaves it; another one takes its place", async () => {
  await put("backup", { ping_uuid: UUID });
  for (const more of [{}, { ping_uuid: UUID }]) {
    expect(await put("backup", more)).toMatchObject({ status: 200, json: { schedule_version: 1 } });
    expect((await pinged(UUID)).status).toBe(200);
  }
  const moved = await face.api("PATCH", "/v1/monitors/backup", { body: { ping_uuid: OTHER } });
  expect(moved.json.ping_url).toContain(OTHER);
  expect((await pinged(OTHER)).status).toBe(200);
  expect((await pinged(UUID)).status).toBe(404);
});

test("what another monitor has is refused with its name and changes nothing, also for eight at once", async () => {
  const slugs = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const answers = await Promise.all(slugs.map((slug) => put(slug, { ping_uuid: UUID })));
  expect(answers.map(({ status }) => status).sort((one, two) => one - two)).toEqual([
    201,
    ...Array(7).fill(409),
  ]);
  const owner = slugs[answers.findIndex(({ status }) => status === 201)] ?? "";
  const refused = answers.find(({ status }) => status === 409);
  expect(refused?.json).toMatchObject({
    code: "conflict",
    problems: [{ field: "ping_uuid", message: expect.stringContaining(`"${owner}"`) }],
  });
  const { items } = (await face.api("GET", "/v1/monitors")).json;
  expect(items.map((each: { slug: string }) => each.slug)).toEqual([owner]);

  await put("late", {});
  expect((await put("late", { ping_uuid: UUID, name: "Late" })).status).toBe(409);
  expect((await face.api("GET", "/v1/monitors/late")).json.name).toBe("late");
});

test("a deleted monitor gives it up to the next one that is to have it", async () => {
  await put("backup", { ping_uuid: UUID });
  await face.api("DELETE", "/v1/monitors/backup");
  expect(await pinged(UUID)).toMatchObject({ status: 404, receipt: expect.stringContaining("was deleted") });
  expect((await put("backup", { ping_uuid: UUID })).status).toBe(201);
  expect(await pinged(UUID)).toMatchObject({ status: 200, receipt: expect.stringContaining("backup") });
});

test.each(["5BF66975-D4C7-4BF5-BCC8-B8D8A82EA278", "backup", "", `${UUID}/`])(
  "%j is no ping UUID",
  async (uuid) => {
    expect((await put("backup", { ping_uuid: uuid })).json).toMatchObject({
      status: 400,
      problems: [{ field: "ping_uuid", message: expect.stringContaining("lower case") }],
    });
  },
);
