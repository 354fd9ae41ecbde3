/** Deploy markers over the API: told by CI with its ping key, kept for whoever asks what changed. */
import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { createFace, type Face } from "./face.ts";

let face: Face;

beforeEach(async () => {
  face = await createFace();
});

test("a ping key tells a deploy, and it is of now unless it says when", async () => {
  const told = await tell({ commit: "abc1234" });
  expect([told.status, told.json]).toMatchObject([
    201,
    { commit: "abc1234", at: at(0), by: expect.stringMatching(/^key /) },
  ]);
  await tell({ commit: "older", at: at(-3_600) });
  expect((await list()).map(({ commit }) => commit)).toEqual(["abc1234", "older"]);
});

test("the same commit told again at once is the same deploy, and later it is another one", async () => {
  await tell({ commit: "abc1234" });
  face.ring(60_000);
  await tell({ commit: "abc1234" });
  expect(await list()).toHaveLength(1);
  face.ring(1_000);
  await tell({ commit: "abc1234" });
  expect(await list()).toHaveLength(2);
});

test("the latest ones are kept", async () => {
  for (let count = 0; count <= LIMITS.deploysKept; count += 1) {
    await tell({ commit: `c${count}` });
    face.ring(1_000);
  }
  const { items } = (await face.api("GET", "/v1/deploys?limit=200")).json;
  expect(items).toHaveLength(LIMITS.deploysKept);
  expect([items[0].commit, items.at(-1).commit]).toEqual([`c${LIMITS.deploysKept}`, "c1"]);
});

test("what is no deploy is refused by name, and a secret in it is not kept", async () => {
  expect((await tell({})).json.problems).toEqual([{ field: "commit", message: "is missing" }]);
  expect((await tell({ commit: " \n" })).json.problems[0].field).toBe("commit");
  expect((await tell({ commit: "a", at: at(3_600) })).json.problems[0]).toMatchObject({ field: "at" });
  await tell({ commit: "https://ci:s3cr3tpassword@example.org/\r\nx" });
  expect((await list())[0]?.commit).toBe("https://ci:[removed]@example.org/ x");
});

test("a read key lists them and tells none", async () => {
  const { read: key } = face.keys;
  expect((await face.api("GET", "/v1/deploys", { key })).status).toBe(200);
  expect((await face.api("POST", "/v1/deploys", { key, body: { commit: "a" } })).status).toBe(403);
});

function at(seconds: number): string {
  return new Date(face.now() + seconds * 1_000).toISOString().replace(".000Z", "Z");
}

function tell(body: object) {
  return face.api("POST", "/v1/deploys", { key: face.keys.ping, body });
}

async function list(): Promise<{ commit: string }[]> {
  return (await face.api("GET", "/v1/deploys")).json.items;
}
