/** What became of a check: its status in each version, flips, pings and badges. */
import { beforeEach, describe, expect, test } from "vitest";
import { createHealthchecksClient, type HealthchecksClient } from "./client.ts";

let face: HealthchecksClient["face"];
let api: HealthchecksClient["api"];
let make: HealthchecksClient["make"];
let ping: HealthchecksClient["ping"];

beforeEach(async () => {
  ({ face, api, make, ping } = await createHealthchecksClient());
});

describe("status", () => {
  const statuses = async (uuid: string) =>
    Promise.all(
      [1, 2, 3].map(async (version) => {
        const { status, started } = (await api("GET", `/checks/${uuid}`, { version })).json;
        return started === undefined ? status : `${status} ${started}`;
      }),
    );

  test("goes from new over started and up to grace and down, as each version says it", async () => {
    const { uuid, ping_url: url } = await make({ timeout: 60, grace: 60 });
    expect(await statuses(uuid)).toEqual(["new", "new false", "new false"]);
    await ping(`${url}/start`);
    expect(await statuses(uuid)).toEqual(["started", "new true", "new true"]);
    await ping(url);
    expect(await statuses(uuid)).toEqual(["up", "up false", "up false"]);
    await face.pass(61_000);
    expect(await statuses(uuid)).toEqual(["grace", "grace false", "grace false"]);
    await face.pass(60_000);
    expect(await statuses(uuid)).toEqual(["down", "down false", "down false"]);
    await ping(`${url}/start`);
    expect(await statuses(uuid)).toEqual(["down", "down true", "down true"]);
  });

  test("a failure is down, and both changes are flips", async () => {
    const { uuid, ping_url: url } = await make({ timeout: 600 });
    await ping(`${url}/fail`);
    expect((await statuses(uuid))[0]).toBe("down");
    await face.pass(120_000);
    await ping(url);
    const down = { timestamp: "2026-03-02T00:00:00+00:00", up: 0 };
    const up = { timestamp: "2026-03-02T00:02:00+00:00", up: 1 };
    const flips = async (query: string) => (await api("GET", `/checks/${uuid}/flips/${query}`)).json;
    expect(await flips("")).toEqual({ flips: [up, down] });
    expect(await flips("?seconds=60")).toEqual({ flips: [up] });
    expect(await flips(`?end=${Date.parse("2026-03-02T00:01:00Z") / 1_000}`)).toEqual({ flips: [down] });
    expect(await flips(`?start=${Date.parse("2026-03-02T00:01:00Z") / 1_000}`)).toEqual({ flips: [up] });
    expect((await api("GET", `/checks/${uuid}/flips/?seconds=many`)).status).toBe(400);
  });

  test("of Rollcall itself needs no key", async () => {
    expect(await api("GET", "/status/", { key: null })).toMatchObject({ status: 200, json: "OK" });
    face.store.ping = () => Promise.reject(new Error("disk full"));
    expect((await api("GET", "/status/", { key: null })).status).toBe(500);
  });
});

describe("pings", () => {
  const rid = "123e4567-e89b-12d3-a456-426614174000";

  test("are listed newest first, with their caller, their run and how long it took", async () => {
    const { uuid, ping_url: url } = await make({ timeout: 600 });
    await ping(`${url}/start?rid=${rid}`, { headers: { "user-agent": "runitor/1.4" } });
    await face.pass(2_500);
    await ping(`${url}/1?rid=${rid}`, { method: "POST", body: "exploded" });
    await ping(`${url}/1?rid=${rid}`, { method: "POST", body: "exploded" });
    const { pings } = (await api("GET", `/checks/${uuid}/pings/`)).json;
    const seen = { scheme: "https", remote_addr: "203.0.113.0", rid };
    expect(pings).toEqual([
      {
        ...seen,
        type: "fail",
        date: "2026-03-02T00:00:02.500+00:00",
        n: 2,
        method: "POST",
        ua: "",
        exitstatus: 1,
        duration: 2.5,
        body_url: `https://rollcall.example.org/api/v3/checks/${uuid}/pings/2/body`,
      },
      {
        ...seen,
        type: "start",
        date: "2026-03-02T00:00:00.000+00:00",
        n: 1,
        method: "GET",
        ua: "runitor/1.4",
        exitstatus: null,
        body_url: null,
      },
    ]);
    const body = await api("GET", `/checks/${uuid}/pings/2/body`);
    expect([body.status, body.json, body.headers.get("content-type")]).toEqual([
      200,
      "exploded",
      "text/plain; charset=utf-8",
    ]);
    for (const n of ["1", "3", "x"])
      expect((await api("GET", `/checks/${uuid}/pings/${n}/body`)).status).toBe(404);
    expect((await api("GET", `/checks/${uuid}`)).json).toMatchObject({
      n_pings: 2,
      last_ping: "2026-03-02T00:00:02+00:00",
    });
  });

  test("the latest hundred are there however many came, at once or over weeks", async () => {
    const { uuid, ping_url: url } = await make({ timeout: 600 });
    for (let count = 0; count < 450; count += 1)
      await ping(`${url}/log`, { method: "POST", body: `${count}` });
    face.ring(20 * 86_400_000);
    for (let count = 0; count < 30; count += 1) await ping(`${url}/log`);
    const { pings } = (await api("GET", `/checks/${uuid}/pings/`)).json;
    const numbers = pings.map(({ n }: { n: number }) => n);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_each, index) => 480 - index));
    expect((await api("GET", `/checks/${uuid}/pings/450/body`)).json).toBe("449");
  });
});

describe("badges", () => {
  test("say how the monitors of a tag are, to whoever has the address", async () => {
    const { ping_url: url } = await make({ name: "One", tags: "a<b", timeout: 60, grace: 60 });
    await make({ name: "Two" });
    const { badges } = (await api("GET", "/badges/")).json;
    expect(Object.keys(badges)).toEqual(["a<b", "*"]);
    const seen = async (address: string) => {
      const response = await ping(address);
      return { type: response.headers.get("content-type"), text: await response.text() };
    };
    const statusOf = async (address: string) => JSON.parse((await seen(address)).text).status;
    await ping(url);
    const tagged = badges["a<b"];
    expect(await statusOf(tagged.json3)).toBe("up");
    await face.pass(61_000);
    expect([await statusOf(tagged.json), await statusOf(tagged.json3)]).toEqual(["up", "late"]);
    await ping(`${url}/fail`);
    expect(JSON.parse((await seen(tagged.shields)).text)).toEqual({
      schemaVersion: 1,
      label: "a<b",
      message: "down",
      color: "critical",
    });
    expect(await statusOf(badges["*"].json)).toBe("down");
    const picture = await seen(tagged.svg);
    expect(picture.type).toBe("image/svg+xml");
    expect(picture.text).toMatch(/^<svg .*a&#60;b.*down.*<\/svg>$/);
    expect(picture.text).not.toContain("a<b");
  });

  test("an address that was made up is not found", async () => {
    await make({});
    const { badges } = (await api("GET", "/badges/")).json;
    const { pathname } = new URL(badges["*"].svg);
    for (const path of [
      "/badge/x.svg",
      pathname.slice(0, -6),
      `${pathname.slice(0, -8)}.svg`,
      "/badge/.json",
    ]) {
      expect((await face.app.request(path)).status, path).toBe(404);
    }
  });
});
