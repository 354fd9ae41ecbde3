/** `/v1/projects`: who runs Rollcall makes projects with one key, which does nothing else. */
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { MINUTE, project } from "../makers.ts";
import { createFace, type Answer, type Face } from "./face.ts";

const KEY = "rck_instance_0123456789abcdefghijABCDEFGHIJxy";
const WRONG = "rck_instance_ABCDEFGHIJxy0123456789abcdefghij";

let face: Face;
beforeEach(async () => {
  face = await createFace({ instanceKey: KEY });
});

const make = (body: object, key = KEY): Promise<Answer> => face.api("POST", "/v1/projects", { body, key });
const list = (query = ""): Promise<Answer> => face.api("GET", `/v1/projects${query}`, { key: KEY });

describe("making one", () => {
  test("it answers with its first keys, shown once, and with what to do next", async () => {
    const { status, json } = await make({ name: "shop", title: "The shop", partitions: 4 });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      name: "shop",
      title: "The shop",
      partitions: 4,
      created_at: "2026-03-02T00:00:00Z",
      admin_key: { kind: "admin", key: expect.stringMatching(/^rck_admin_shop_[0-9A-Za-z]{32}$/) },
      ping_key: { kind: "ping", key: expect.stringMatching(/^rck_ping_shop_[0-9A-Za-z]{32}$/) },
    });
    const admin = json.admin_key.key;
    expect((await face.api("GET", "/v1/project", { key: admin })).json).toMatchObject({
      slug: "shop",
      name: "The shop",
    });
    const [, line = ""] = /curl 'https:\/\/rollcall\.example\.org(\S+)'/.exec(json.next.join("\n")) ?? [];
    expect(await (await face.app.request(line)).text()).toMatch(/^OK first-job: success/);
    const shown = JSON.stringify((await face.api("GET", "/v1/keys", { key: admin })).json);
    expect(shown).not.toContain(admin);
  });

  test("what is left out is the name, and one part", async () => {
    expect((await make({ name: "shop" })).json).toMatchObject({ title: "shop", partitions: 1 });
  });

  test("a name that is taken is a conflict, and what is there stays as it is", async () => {
    const first = (await make({ name: "shop", title: "The shop", partitions: 4 })).json;
    face.ring(LIMITS.projectMakingMs * 2);
    const again = await make({ name: "shop", title: "Another", partitions: 2 });
    expect([again.status, again.json.code]).toEqual([409, "conflict"]);
    expect((await make({ name: "default" })).status).toBe(409);
    const key = first.admin_key.key;
    expect((await face.api("GET", "/v1/project", { key })).json.name).toBe("The shop");
    expect((await face.api("GET", "/v1/keys", { key })).json.items).toHaveLength(2);
  });

  test("of eight that ask for one name at once, one is given its keys", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => make({ name: "shop" })));
    const statuses = answers.map(({ status }) => status).sort((one, two) => one - two);
    expect(statuses).toEqual([201, ...Array(7).fill(409)]);
    expect((await face.store.listKeys("shop")).length).toBe(2);
  });

  test("one that was cut off before it had its keys is finished by asking again, once nobody can be at it", async () => {
    const cutOff = project({ name: "shop", title: "The shop", createdAt: face.now(), partitions: 3 });
    await face.store.createProject(cutOff);
    expect((await make({ name: "shop" })).status).toBe(409);
    face.ring(LIMITS.projectMakingMs);
    const finished = await make({ name: "shop", title: "Another" });
    expect([finished.status, finished.json.title, finished.json.partitions]).toEqual([201, "The shop", 3]);
    expect((await make({ name: "shop" })).status).toBe(409);
  });

  test("there are so many and no more, and one that is there is still told to be", async () => {
    for (let count = 2; count < LIMITS.projects; count += 1)
      await face.store.createProject(project({ name: `p${count}` }));
    expect((await make({ name: "shop" })).status).toBe(201);
    const beyond = await make({ name: "crm" });
    expect([beyond.status, beyond.json.detail]).toEqual([409, expect.stringContaining("10000 projects")]);
    expect((await make({ name: "shop" })).json.detail).toContain("There is a project");
    const { items, next_cursor } = (await list(`?limit=${LIMITS.pageItems}`)).json;
    expect([items.length, next_cursor]).toEqual([LIMITS.pageItems, items.at(-1).name]);
  });

  test.each([
    [{}, "name", "is missing"],
    [{ name: "" }, "name", "is not a project's name"],
    [{ name: "The Shop" }, "name", "1 to 100 of a-z"],
    [{ name: "-shop" }, "name", "beginning with a letter or digit"],
    [{ name: "a".repeat(101) }, "name", "1 to 100"],
    [{ name: "rck_ping_x" }, "name", "begins with rck_"],
    [{ name: "shop", title: " " }, "title", "1 to"],
    [{ name: "shop", title: "a".repeat(LIMITS.nameCharacters + 1) }, "title", "characters"],
    [{ name: "shop", partitions: 0 }, "partitions", "from 1 to 64"],
    [{ name: "shop", partitions: 65 }, "partitions", "from 1 to 64"],
    [{ name: "shop", partitions: 1.5 }, "partitions", "a whole number"],
    [{ name: "shop", slug: "shop" }, "slug", "not a known field"],
  ])("%j is refused with the field at fault", async (body, field, sentence) => {
    const { status, json } = await make(body);
    expect([status, json.problems[0].field]).toEqual([400, field]);
    expect(json.problems[0].message).toContain(sentence);
    expect((await list()).json.items).toHaveLength(1);
  });

  test.each(["a".repeat(100), "a_b-c", "2026", "shop_0123456789abcdef"])(
    "a project called %s can be checked in to by key and by path",
    async (name) => {
      const ping = (await make({ name, partitions: 64 })).json.ping_key.key;
      const query = "create=1&every=5m";
      expect((await face.app.request(`/checkin/${ping}/nightly?${query}`)).status).toBe(200);
      const headers = { authorization: `Bearer ${ping}` };
      expect((await face.app.request(`/checkin/${name}/nightly`, { headers })).status).toBe(200);
    },
  );
});

test("they are listed by name, page after page, with counts", async () => {
  for (const name of ["shop", "crm", "web"]) await make({ name });
  const crm = (await make({ name: "crm-2", title: "CRM, the new one", partitions: 8 })).json.admin_key.key;
  const body = { kind: "webhook", settings: { url: "https://example.org/hook" } };
  await face.api("PUT", "/v1/channels/hook", { key: crm, body });
  await face.engine.reportChannelTrouble({
    project: "crm-2",
    channel: "hook",
    type: "failed",
    code: "http_404",
    detail: "404",
  });
  const first = (await list("?limit=3")).json;
  expect(first.items.map(({ name }: { name: string }) => name)).toEqual(["crm", "crm-2", "default"]);
  expect(first.items[1]).toEqual({
    name: "crm-2",
    title: "CRM, the new one",
    partitions: 8,
    created_at: "2026-03-02T00:00:00Z",
    channels: 1,
    failing_channels: 1,
    keys: 2,
  });
  const second = (await list(`?limit=3&cursor=${first.next_cursor}`)).json;
  expect(second.items.map(({ name }: { name: string }) => name)).toEqual(["shop", "web"]);
  expect(second.next_cursor).toBeNull();
  expect((await list("?cursor=%20")).json.problems[0].field).toBe("cursor");
});

describe("who may", () => {
  test("the keys of a project may neither make nor list projects", async () => {
    for (const kind of ["admin", "read", "ping"] as const) {
      const key = face.keys[kind];
      for (const answer of [
        await make({ name: "shop" }, key),
        await face.api("GET", "/v1/projects", { key }),
      ]) {
        expect([answer.status, answer.json.code], kind).toEqual([403, "forbidden"]);
        expect(answer.json.detail).toContain("ROLLCALL_INSTANCE_KEY");
      }
    }
    expect((await face.app.request("/v1/projects")).status).toBe(401);
    expect(await face.store.loadProject("shop")).toBeNull();
  });

  test("where no instance key is set, the answer says how to set it", async () => {
    face = await createFace();
    for (const key of [KEY, face.keys.admin]) {
      const { status, json } = await make({ name: "shop" }, key);
      expect(status).toBe(403);
      expect(json.detail).toContain("set ROLLCALL_INSTANCE_KEY to rck_instance_<secret>");
    }
    expect((await face.api("GET", "/v1/monitors", { key: KEY })).status).toBe(401);
  });

  test("the instance key opens nothing else", async () => {
    const document = (await (await face.app.request("/v1/openapi.json")).json()) as { paths: object };
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path === "/v1/projects") continue;
      for (const method of Object.keys(methods as object)) {
        const at = path.replaceAll(/\{\w+\}/g, "x");
        const { status, json } = await face.api(method.toUpperCase(), at, {
          key: KEY,
          body: method === "get" ? undefined : {},
        });
        expect([status, json.detail], `${method} ${path}`).toEqual([
          403,
          expect.stringContaining("makes and lists projects"),
        ]);
      }
    }
    const checks = await face.app.request("/api/v3/checks/", { headers: { "x-api-key": KEY } });
    expect(checks.status).toBe(403);
    const form = new URLSearchParams({ key: KEY });
    const signedIn = await face.app.request("/sign-in", { method: "POST", body: form });
    expect([signedIn.status, signedIn.headers.get("set-cookie")]).toEqual([403, null]);
    for (const path of [`/checkin/${KEY}/job?create=1&every=5m`, "/checkin/default/job"]) {
      const response = await face.app.request(path, { headers: { authorization: `Bearer ${KEY}` } });
      expect(response.status).toBe(401);
      expect(await response.text()).toContain("an instance key, which makes projects and does not check in");
    }
  });

  test("failed proofs of it are counted as those of others are, and a good one goes on being good", async () => {
    expect((await list()).status).toBe(200);
    for (let count = 0; count < LIMITS.failedProofsPerMinute; count += 1) {
      expect((await make({ name: "shop" }, WRONG)).status).toBe(401);
    }
    const refused = await make({ name: "shop" }, WRONG);
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect((await list()).status).toBe(200);
    face.ring(MINUTE);
    expect((await make({ name: "shop" }, WRONG)).status).toBe(401);
  });

  test("neither key is repeated in an answer or in the log", async () => {
    const answers = [await make({ name: "shop" }, WRONG), await list(), await make({ name: "Shop" })];
    const told = JSON.stringify([answers.map(({ json }) => json), face.logged]);
    expect(told).not.toContain(KEY.slice(-20));
    expect(told).not.toContain(WRONG.slice(-20));
  });
});
