/** Contract of every store: refused check-ins fold, are bounded, and are found near a window. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { monitor, MINUTE, sighting, START } from "../../makers.ts";
import { addMonitors, allPages, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function boundaryContract(trial: StoreTrial): void {
  describe("folds rejections", () => foldsRejections(trial));
  describe("lists rejections", () => listsRejections(trial));
  describe("binds rejections", () => bindsRejections(trial));
}

function foldsRejections({ fresh }: StoreTrial): void {
  test("that are alike into one entry with count, first and last instant and the latest words", async () => {
    const store = await fresh();
    await store.addRejection(sighting({ at: START + 2 }));
    await store.addRejection(
      sighting({ at: START, slug: "as-sent", seen: "another key", headerNames: ["x"] }),
    );
    await store.addRejection(sighting({ at: START + 9 }));
    const { items } = await store.listRejections("default", FIRST_PAGE);
    const { at: _at, ...words } = sighting();
    expect(items).toEqual([
      {
        ...words,
        id: items[0]?.id,
        count: 3,
        firstAt: START,
        lastAt: START + 9,
        at: [START, START + 2, START + 9],
      },
    ]);
  });

  test("not across projects, monitors, reasons, addresses, routes, or slugs of the inbox", async () => {
    const store = await fresh();
    const inbox = { monitorId: null, slug: "unheard-of" };
    const apart = [
      sighting(),
      sighting({ project: "other" }),
      sighting({ monitorId: "mon_2" }),
      sighting({ reason: "revoked" }),
      sighting({ addressPrefix: "192.0.3.0/24" }),
      sighting({ route: "GET /api/cron" }),
      sighting({ route: "POST /api/cron" }),
      sighting(inbox),
      sighting({ ...inbox, slug: "unheard-of-either" }),
      sighting({ ...inbox, slug: null }),
      sighting({ ...inbox, slug: "cut in half \ud83d" }),
      sighting({ ...inbox, slug: "cut in half \ud83e" }),
    ];
    for (const one of [...apart, ...apart]) await store.addRejection(one);
    const { items } = await store.listRejections("default", FIRST_PAGE);
    expect(items).toHaveLength(apart.length - 1);
    expect(items.every(({ count }) => count === 2)).toBe(true);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect((await store.listRejections("other", FIRST_PAGE)).items).toHaveLength(1);
  });

  test("keeping the first 20 and the last 80 instants", async () => {
    const store = await fresh();
    for (let index = 0; index < 150; index += 1) await store.addRejection(sighting({ at: START + index }));
    const [entry] = (await store.listRejections("default", FIRST_PAGE)).items;
    const kept = [...Array(150).keys()]
      .filter((index) => index < 20 || index >= 70)
      .map((index) => START + index);
    expect(entry).toMatchObject({ count: 150, firstAt: START, lastAt: START + 149, at: kept });
  });

  test("of a deleted monitor as of any other", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await commitTo(store, "mon_1", { monitor: monitor({ deletedAt: START }) });
    await store.addRejection(sighting({ reason: "deleted", slug: "one" }));
    await store.addRejection(sighting({ reason: "deleted", slug: "two" }));
    expect((await store.listRejections("default", FIRST_PAGE)).items).toMatchObject([{ count: 2 }]);
  });

  test("and drops the one seen longest ago when a project has too many", async () => {
    const store = await fresh();
    const prefixed = (index: number, at: number) => sighting({ addressPrefix: `198.51.${index}.0/24`, at });
    for (let index = 0; index < LIMITS.rejectionsPerProject; index += 1) {
      await store.addRejection(prefixed(index, START + index));
    }
    await store.addRejection(sighting({ project: "other", at: 1 }));
    await store.addRejection(prefixed(0, START + 2_000));
    await store.addRejection(prefixed(5_000, START + 2_001));
    const { items } = await store.listRejections("default", { cursor: null, limit: 2_000 });
    expect(items).toHaveLength(LIMITS.rejectionsPerProject);
    const prefixes = items.map(({ addressPrefix }) => addressPrefix);
    expect(prefixes.slice(0, 2)).toEqual(["198.51.5000.0/24", "198.51.0.0/24"]);
    expect(prefixes).not.toContain("198.51.1.0/24");
    expect((await store.listRejections("other", FIRST_PAGE)).items).toHaveLength(1);
  });

  test("and drops those of the inbox before those of a monitor, however many names are guessed", async () => {
    const store = await fresh();
    await store.addRejection(sighting({ at: START }));
    for (let index = 0; index <= LIMITS.rejectionsPerProject; index += 1) {
      await store.addRejection(sighting({ monitorId: null, slug: `guess-${index}`, at: START + 1 + index }));
    }
    const { items } = await store.listRejections("default", { cursor: null, limit: 2_000 });
    expect(items).toHaveLength(LIMITS.rejectionsPerProject);
    expect(items.filter(({ monitorId }) => monitorId !== null)).toHaveLength(1);
  });
}

function listsRejections({ fresh }: StoreTrial): void {
  test("newest first, each once, though entries are seen again while they are read", async () => {
    const store = await fresh();
    const prefixed = (index: number, at: number) => sighting({ addressPrefix: `198.51.${index}.0/24`, at });
    for (const index of [1, 2, 3, 4, 5]) await store.addRejection(prefixed(index, START + index));
    const listed = await allPages(
      (page) => store.listRejections("default", page),
      2,
      async (page) => {
        await store.addRejection(prefixed(1, START + 10 * page));
        await store.addRejection(prefixed(5, START + 10 * page + 1));
      },
    );
    const order = listed.map(({ addressPrefix }) => addressPrefix.split(".")[2]);
    expect(order).toEqual(["5", "4", "1", "3", "2"]);
  });

  test("by the instants near a window, of this monitor, oldest first", async () => {
    const store = await fresh();
    for (const at of [START - 1, START, START + MINUTE]) await store.addRejection(sighting({ at }));
    for (const at of [START + 1, START + MINUTE - 1])
      await store.addRejection(sighting({ at, reason: "revoked" }));
    await store.addRejection(sighting({ at: START, monitorId: "mon_2" }));
    const { expected, seen } = sighting();
    const marks = [
      { at: START, reason: "wrong_secret" },
      { at: START + 1, reason: "revoked" },
      { at: START + MINUTE - 1, reason: "revoked" },
    ];
    expect(await store.rejectionsNear("mon_1", { fromAt: START, toAt: START + MINUTE })).toEqual(
      marks.map((mark) => ({ ...mark, expected, seen })),
    );
    expect(await store.rejectionsNear("nobody", { fromAt: 0, toAt: START + MINUTE })).toEqual([]);
  });

  test("near a window with the latest words of their entry, and the route where a guard refused", async () => {
    const store = await fresh();
    const ours = { monitorId: "mon_1", reason: "wrong_scheme" } as const;
    const words = { expected: "an HMAC signature", seen: "a bearer token" };
    await store.addRejection(sighting({ ...ours, at: START }));
    await store.addRejection(sighting({ ...ours, at: START + 5, ...words }));
    await store.addRejection(sighting({ ...ours, at: START + 2, ...words, route: "GET /api/cron" }));
    await store.addRejection(sighting({ at: START + 3, expected: "", seen: "" }));
    expect(await store.rejectionsNear("mon_1", { fromAt: 0, toAt: START + MINUTE })).toEqual([
      { at: START, reason: "wrong_scheme", ...words },
      { at: START + 2, reason: "wrong_scheme", ...words, route: "GET /api/cron" },
      { at: START + 3, reason: "wrong_secret" },
      { at: START + 5, reason: "wrong_scheme", ...words },
    ]);
  });
}

function bindsRejections({ fresh }: StoreTrial): void {
  const inbox = { monitorId: null, slug: "bakcup" };
  const claim = (id: string) => ({ project: "default", id, monitorId: "mon_1", slug: "mon-1" });

  test("to a monitor, near whose windows they are from then on, and later ones of the monitor fold in", async () => {
    const store = await fresh();
    await store.addRejection(sighting({ ...inbox, at: START, reason: "unknown_monitor" }));
    const [entry] = (await store.listRejections("default", FIRST_PAGE)).items;
    const id = entry?.id ?? "";
    expect(await store.claimRejection(claim(id))).toBe(true);
    expect((await store.listRejections("default", FIRST_PAGE)).items).toEqual([
      { ...entry, monitorId: "mon_1", slug: "mon-1" },
    ]);
    expect(await store.rejectionsNear("mon_1", { fromAt: START, toAt: START + 1 })).toHaveLength(1);
    await store.addRejection(sighting({ at: START + 1, reason: "unknown_monitor" }));
    await store.addRejection(sighting({ ...inbox, at: START + 2, reason: "unknown_monitor" }));
    expect((await store.listRejections("default", FIRST_PAGE)).items).toMatchObject([
      { monitorId: null, slug: "bakcup", count: 1 },
      { id, monitorId: "mon_1", count: 2 },
    ]);
  });

  test("as one entry with what the monitor has of the kind, under its own id, however often", async () => {
    const store = await fresh();
    for (let index = 0; index < 60; index += 1) {
      await store.addRejection(sighting({ ...inbox, at: START + 2 * index, seen: "of the inbox" }));
      await store.addRejection(sighting({ at: START + 2 * index + 1, seen: "of the monitor" }));
    }
    const before = (await store.listRejections("default", FIRST_PAGE)).items;
    const id = before.find(({ monitorId }) => monitorId === null)?.id ?? "";
    const isKept = (index: number) =>
      index < LIMITS.rejectionFirstKept || index >= 120 - LIMITS.rejectionLastKept;
    for (let times = 1; times <= 2; times += 1) {
      expect(await store.claimRejection(claim(id))).toBe(true);
      expect((await store.listRejections("default", FIRST_PAGE)).items).toEqual([
        {
          ...before[0],
          id,
          count: 120,
          firstAt: START,
          lastAt: START + 119,
          seen: "of the monitor",
          at: [...Array(120).keys()].filter(isKept).map((index) => START + index),
        },
      ]);
    }
  });

  test("only where there is such an entry in the project", async () => {
    const store = await fresh();
    await store.addRejection(sighting(inbox));
    const before = (await store.listRejections("default", FIRST_PAGE)).items;
    const id = before[0]?.id ?? "";
    for (const other of ["nothing", "", `0${id}`, `${id}.0`, ` ${id}`])
      expect(await store.claimRejection(claim(other))).toBe(false);
    expect(await store.claimRejection({ ...claim(id), project: "other" })).toBe(false);
    expect((await store.listRejections("default", FIRST_PAGE)).items).toEqual(before);
  });
}
