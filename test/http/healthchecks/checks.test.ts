/** Checks: who may ask for them, what they are made of, and what is refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { createHealthchecksClient, type HealthchecksClient } from "./client.ts";

let face: HealthchecksClient["face"];
let api: HealthchecksClient["api"];
let make: HealthchecksClient["make"];

beforeEach(async () => {
  ({ face, api, make } = await createHealthchecksClient());
});

describe("who may ask", () => {
  test.each([
    ["no key", null, 401],
    ["a key nobody made", "rck_admin_default_0123456789abcdefghij", 401],
    ["a key of Healthchecks", "5s_k3yOfAnotherProduct", 401],
  ])("%s is refused with a sentence", async (_what, key, status) => {
    const answer = await api("GET", "/checks/", { key });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error: expect.stringMatching(/key/i) });
    expect(JSON.stringify(answer.json)).not.toContain(key ?? "rck_admin_default");
  });

  test("a ping key manages nothing, and a read key changes nothing", async () => {
    expect((await api("GET", "/checks/", { key: face.keys.ping })).status).toBe(403);
    expect((await api("GET", "/checks/", { key: face.keys.read })).status).toBe(200);
    expect((await api("POST", "/checks/", { key: face.keys.read, body: {} })).status).toBe(403);
  });

  test("the key may stand beside the other fields of a body", async () => {
    const body = { api_key: face.keys.admin, name: "By body" };
    expect((await api("POST", "/checks/", { key: null, body })).json.name).toBe("By body");
  });

  test("a browser of another site may ask, and is told so before", async () => {
    const asked = await api("OPTIONS", "/checks/", { key: null });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe("*");
    expect(asked.headers.get("access-control-allow-headers")).toMatch(/x-api-key/i);
    for (const key of [face.keys.read, null]) {
      const { headers } = await api("GET", "/checks/", { key });
      expect(headers.get("access-control-allow-origin")).toBe("*");
    }
  });
});

describe("what is not there", () => {
  test.each([
    ["PUT", "/checks/"],
    ["PATCH", "/checks/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"],
    ["GET", "/checks/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278/elsewhere"],
    ["GET", "/integrations/"],
  ])("%s %s is told as these clients read errors", async (method, path) => {
    const answer = await api(method, path);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ error: expect.stringContaining("no such call") });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("a check", () => {
  test("that was sent empty has the defaults of Healthchecks", async () => {
    const check = await make();
    const uuid = check.ping_url.split("/").at(-1);
    expect(check).toEqual({
      name: "check",
      slug: "check",
      tags: "",
      desc: "",
      timeout: 86_400,
      grace: 3_600,
      n_pings: 0,
      status: "new",
      started: false,
      last_ping: null,
      next_ping: "2026-03-03T00:00:00+00:00",
      manual_resume: true,
      methods: "",
      subject: "",
      subject_fail: "",
      start_kw: "",
      success_kw: "",
      failure_kw: "",
      filter_subject: false,
      filter_body: false,
      uuid,
      ping_url: `https://rollcall.example.org/ping/${uuid}`,
      update_url: `https://rollcall.example.org/api/v3/checks/${uuid}`,
      pause_url: `https://rollcall.example.org/api/v3/checks/${uuid}/pause`,
      resume_url: `https://rollcall.example.org/api/v3/checks/${uuid}/resume`,
      channels: "",
    });
    expect((await face.api("GET", "/v1/monitors/check")).json.signals).toBe("finish");
  });

  test("says all that was sent, and Rollcall's own API says it too", async () => {
    const sent = { name: "DB Backup", tags: "prod  db prod", desc: "Runs at night", grace: 600 };
    const check = await make({ ...sent, schedule: "15 5 * * *", tz: "Europe/Riga", timeout: 60 });
    expect(check).toMatchObject({
      ...sent,
      tags: "prod db",
      slug: "db-backup",
      schedule: "15 5 * * *",
      tz: "Europe/Riga",
    });
    expect(check).not.toHaveProperty("timeout");
    expect((await face.api("GET", "/v1/monitors/db-backup")).json).toMatchObject({
      name: "DB Backup",
      description: "Runs at night",
      tags: ["prod", "db"],
      schedule: { cron: "15 5 * * *", timezone: "Europe/Riga" },
      grace: 600,
      signals: "finish",
    });
  });

  test("hides its UUID from a read key, which finds it by another name", async () => {
    const { uuid } = await make({ name: "Secret" });
    const list = await api("GET", "/checks/", { key: face.keys.read });
    expect(JSON.stringify(list.json)).not.toContain(uuid);
    const [{ unique_key: uniqueKey }] = list.json.checks;
    const one = await api("GET", `/checks/${uniqueKey}`, { key: face.keys.read });
    expect(one.json).toEqual(list.json.checks[0]);
    expect((await api("GET", `/checks/${uniqueKey}/flips/`, { key: face.keys.read })).json).toEqual({
      flips: [],
    });
  });

  test("is found by its UUID, and not when it is gone or nobody's", async () => {
    const { uuid } = await make({ name: "Here" });
    expect((await api("GET", `/checks/${uuid}`)).json.name).toBe("Here");
    expect((await api("DELETE", `/checks/${uuid}`)).json).toMatchObject({ name: "Here", uuid });
    for (const id of [uuid, "00000000-0000-4000-8000-000000000000", "here"]) {
      expect((await api("GET", `/checks/${id}`)).json).toEqual({ error: expect.any(String) });
      expect((await api("GET", `/checks/${id}`)).status, id).toBe(404);
    }
  });

  test("changes only where something was sent", async () => {
    const { uuid } = await make({ name: "Job", tags: "a", schedule: "0 2 * * *", tz: "Europe/Riga" });
    const moved = await api("POST", `/checks/${uuid}`, { body: { tz: "Asia/Tokyo" } });
    expect(moved.json).toMatchObject({ name: "Job", tags: "a", schedule: "0 2 * * *", tz: "Asia/Tokyo" });
    const changed = await api("POST", `/checks/${uuid}`, { body: { timeout: 300, name: "Other", tags: "" } });
    expect(changed.json).toMatchObject({ name: "Other", slug: "job", tags: "", timeout: 300, grace: 3_600 });
    expect(changed.json).not.toHaveProperty("schedule");
  });

  test("is paused and resumed; one that is not paused cannot be resumed", async () => {
    const { uuid } = await make();
    expect((await api("POST", `/checks/${uuid}/pause`)).json).toMatchObject({
      status: "paused",
      next_ping: null,
    });
    expect((await api("POST", `/checks/${uuid}/pause`)).status).toBe(200);
    expect((await api("POST", `/checks/${uuid}/resume`)).json.status).toBe("new");
    expect((await api("POST", `/checks/${uuid}/resume`)).status).toBe(409);
  });

  test.each([
    [{ timeout: "often" }, /timeout/],
    [{ timeout: 0 }, /^timeout: /],
    [{ schedule: "61 * * * *" }, /61 is not in 0-59/],
    [{ schedule: "Mon..Fri 12:00" }, /^schedule: /],
    [{ schedule: "0 2 * * *", tz: "Mars/Olympus" }, /^tz: .*Mars/],
    [{ methods: "POST" }, /methods/],
    [{ filter_subject: true, start_kw: "GO" }, /start_kw.*filter_subject/],
    [{ channels: "nobody" }, /"nobody" is neither/],
    [{ unique: ["desc"] }, /unique/],
    [{ slug: "No Slug" }, /"No Slug" is not a slug/],
    [{ desc: "x".repeat(4_001) }, /^desc: must have at most 4000/],
  ])("%j is refused with a sentence, and nothing is made", async (body, sentence) => {
    const answer = await api("POST", "/checks/", { body });
    expect([answer.status, answer.json.error]).toEqual([400, expect.stringMatching(sentence)]);
    expect((await api("GET", "/checks/")).json.checks).toEqual([]);
  });

  test("what clients send of every field they know, with nothing in it, is taken", async () => {
    const empty = { tags: [], schedule: "", methods: "", filter_body: false, manual_resume: false };
    await make({ ...empty, name: "Null", tz: null, slug: null, unique: [], unknown: 1 });
  });
});

describe("names and slugs", () => {
  test("checks of one name get slugs of their own", async () => {
    const slugs = [];
    for (let count = 0; count < 3; count += 1) slugs.push((await make({ name: "Nightly Büro!" })).slug);
    expect(slugs).toEqual(["nightly-buro", "nightly-buro-2", "nightly-buro-3"]);
  });

  test.each([
    ["夜", "check"],
    ["start", "check-start"],
    ["42", "check-42"],
    ["x".repeat(200), "x".repeat(90)],
  ])("%j has a slug that may be pinged", async (name, slug) => {
    expect((await make({ name })).slug).toBe(slug);
  });

  test("a slug that was chosen is taken or refused, never another one given", async () => {
    expect((await make({ slug: "mine" })).slug).toBe("mine");
    const second = await api("POST", "/checks/", { body: { slug: "mine" } });
    expect([second.status, second.json.error]).toEqual([400, expect.stringContaining("another check")]);
    const { uuid } = await make({ slug: "other" });
    expect((await api("POST", `/checks/${uuid}`, { body: { slug: "mine" } })).status).toBe(400);
    expect((await api("POST", `/checks/${uuid}`, { body: { slug: "other" } })).status).toBe(200);
  });

  test("before version 3 a slug follows from the name", async () => {
    expect((await make({ name: "One", slug: "chosen" }, 2)).slug).toBe("one");
  });

  test("unique finds the one that is alike and changes it", async () => {
    const first = await make({ name: "Backup", tags: "a b", timeout: 600, grace: 60 });
    for (const unique of [["name"], ["tags"], ["timeout", "grace"], ["name", "tags"]]) {
      const body = { name: "Backup", tags: "a b", timeout: 600, grace: 60, desc: unique.join(), unique };
      const again = await api("POST", "/checks/", { body });
      expect([again.status, again.json.uuid, again.json.desc]).toEqual([200, first.uuid, unique.join()]);
    }
    const bySlug = { slug: "backup", unique: ["slug"], timeout: 1_200 };
    expect((await api("POST", "/checks/", { body: bySlug })).json).toMatchObject({
      uuid: first.uuid,
      timeout: 1_200,
    });
  });

  test("eight at once with the same unique name make one", async () => {
    const body = { name: "Raced", unique: ["name"] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => api("POST", "/checks/", { body })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await api("GET", "/checks/")).json.checks).toHaveLength(1);
  });

  test("the list is narrowed by slug and by every tag that was named", async () => {
    await make({ name: "One", tags: "a b" });
    await make({ name: "Two", tags: "b" });
    const names = async (query: string) =>
      (await api("GET", `/checks/${query}`)).json.checks.map(({ name }: { name: string }) => name);
    expect(await names("?tag=b")).toEqual(["One", "Two"]);
    expect(await names("?tag=a&tag=b")).toEqual(["One"]);
    expect(await names("?slug=two")).toEqual(["Two"]);
    expect(await names("?slug=three")).toEqual([]);
  });
});

async function addChannel(name: string): Promise<void> {
  await face.api("PUT", `/v1/channels/${name}`, {
    body: { kind: "webhook", settings: { url: "https://example.org/" } },
  });
}

describe("channels", () => {
  test("are told as chosen: all, some by id or name, none, or the project's default", async () => {
    expect(await make({ channels: "*", name: "Before any" })).toMatchObject({ channels: "" });
    await addChannel("on-call");
    await addChannel("mail");
    const { channels } = (await api("GET", "/channels/")).json;
    const [mail, onCall] = channels;
    expect(channels).toMatchObject([
      { name: "mail", kind: "webhook" },
      { name: "on-call", kind: "webhook" },
    ]);
    for (const { id } of channels) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const all = (mail.id < onCall.id ? [mail.id, onCall.id] : [onCall.id, mail.id]).join(",");
    expect((await make({ channels: "*" })).channels).toBe(all);
    expect((await make({ channels: `mail,${onCall.id}` })).channels).toBe(all);
    expect((await make({ channels: "" })).channels).toBe("");
    expect((await make({})).channels).toBe(onCall.id);
    const before = (await api("GET", "/checks/?slug=before-any")).json.checks[0];
    expect(before.channels).toBe(onCall.id);
  });

  test("how a channel is told stays when it is named again", async () => {
    await addChannel("on-call");
    const { uuid, slug } = await make({ channels: "on-call" });
    const links = [{ name: "on-call", after: 900, notify_on: [], remind_every: 3_600 }];
    await face.api("PATCH", `/v1/monitors/${slug}`, { body: { channels: links } });
    await api("POST", `/checks/${uuid}`, { body: { channels: "*" } });
    expect((await face.api("GET", `/v1/monitors/${slug}`)).json.channels).toEqual(links);
  });
});

test("every call is there with and without a slash at its end, in every version", async () => {
  const { uuid } = await make();
  for (const version of [1, 2, 3]) {
    for (const path of ["/checks", `/checks/${uuid}`, `/checks/${uuid}/pings`, `/checks/${uuid}/flips`]) {
      for (const slash of ["", "/"]) {
        expect((await api("GET", `${path}${slash}`, { version })).status, path).toBe(200);
      }
    }
    for (const path of ["/channels", "/badges", "/status"]) {
      expect((await api("GET", path, { version })).status, path).toBe(200);
      expect((await api("GET", `${path}/`, { version })).status, path).toBe(200);
    }
  }
});

test.each([
  ["{", /is not JSON/],
  ["[]", /no object/],
])("the body %s is refused with a sentence", async (body, sentence) => {
  const response = await face.app.request("/api/v1/checks/", {
    method: "POST",
    headers: { "x-api-key": face.keys.admin },
    body,
  });
  expect([response.status, await response.json()]).toEqual([400, { error: expect.stringMatching(sentence) }]);
});
