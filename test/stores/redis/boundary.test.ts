/** Several processes that write of the same refusals, routes, proofs and verifications at once: nothing is lost. */
import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import { guardNote, MINUTE, sighting, START, verification } from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");
const FIRST_PAGE = { cursor: null, limit: 2_000 };

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("several processes at the trust boundary", () => {
  const { open } = redisTrial(redis?.path ?? "");
  const openTwo = (): Promise<[Store, Store]> => Promise.all([open(), open()]);
  const oneOf = ([one, other]: [Store, Store], index: number): Store => (index % 2 === 0 ? one : other);
  const times = Array.from({ length: 40 }, (_none, index) => index);

  test("count every refusal, whichever of them it came to", async () => {
    const stores = await openTwo();
    const prefixes = ["192.0.2.0/24", "198.51.100.0/24"];
    await Promise.all(
      times.flatMap((index) =>
        stores.map((store) =>
          store.addRejection(sighting({ at: START + index, addressPrefix: prefixes[index % 2] ?? "" })),
        ),
      ),
    );
    const { items } = await stores[1].listRejections("default", FIRST_PAGE);
    expect(items.map(({ count }) => count)).toEqual([times.length, times.length]);
    expect(await stores[0].rejectionsNear("mon_1", { fromAt: START, toAt: START + MINUTE })).toHaveLength(
      2 * times.length,
    );
  });

  test("keep a bounded number of them between them", async () => {
    const stores = await openTwo();
    const many = Array.from({ length: LIMITS.rejectionsPerProject + 50 }, (_none, index) => index);
    await Promise.all(
      many.map((index) =>
        oneOf(stores, index).addRejection(
          sighting({ monitorId: null, slug: `guess-${index}`, at: START + index }),
        ),
      ),
    );
    await stores[0].addRejection(sighting({ monitorId: null, slug: "one more", at: START + many.length }));
    const { items } = await stores[1].listRejections("default", FIRST_PAGE);
    expect(items).toHaveLength(LIMITS.rejectionsPerProject);
  });

  test("bind an entry once, while more of it comes in", async () => {
    const [one, other] = await openTwo();
    const inbox = { monitorId: null, slug: "bakcup" };
    await one.addRejection(sighting({ ...inbox, at: START }));
    const [entry] = (await one.listRejections("default", FIRST_PAGE)).items;
    const claim = { project: "default", id: entry?.id ?? "", monitorId: "mon_1", slug: "mon-1" };
    await Promise.all([
      one.claimRejection(claim),
      other.claimRejection(claim),
      ...times.map((index) => other.addRejection(sighting({ at: START + index }))),
    ]);
    const { items } = await one.listRejections("default", FIRST_PAGE);
    expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(times.length + 1);
    // What came before the claim had an entry of its own; the claim has joined the two.
    await one.claimRejection(claim);
    expect((await one.listRejections("default", FIRST_PAGE)).items).toMatchObject([
      { id: claim.id, monitorId: "mon_1", count: times.length + 1 },
    ]);
  });

  test("count every call that guards told of a route", async () => {
    const stores = await openTwo();
    const call = (at: number) => ({ at, isOk: true, reason: null, principal: "scheduler" }) as const;
    await Promise.all(
      times.flatMap((index) =>
        stores.map((store) =>
          store.noteGuards("default", [
            guardNote({ route: "GET /one", at: START + index, calls: [call(START + index)] }),
            guardNote({ route: `GET /${index}`, at: START + index }),
          ]),
        ),
      ),
    );
    const routes = await stores[0].listGuardedRoutes("default");
    expect(routes).toHaveLength(times.length + 1);
    expect(routes.find(({ route }) => route === "GET /one")).toMatchObject({ count: 2 * times.length });
  });

  test("are told of one proof that it was first", async () => {
    const stores = await openTwo();
    const claim = { project: "default", id: "github/a", use: "start", nowAt: START, untilAt: START + MINUTE };
    const answers = await Promise.all(times.flatMap(() => stores.map((store) => store.claimProof(claim))));
    expect(answers.filter((answer) => answer === "first")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "same")).toHaveLength(2 * times.length - 1);
  });

  test("keep the latest verifications of an address between them", async () => {
    const stores = await openTwo();
    const url = "https://example.org/cron";
    await Promise.all(
      times.map((index) =>
        oneOf(stores, index).putVerification(verification({ id: `ver_${index}`, url, at: START + index })),
      ),
    );
    const { items } = await stores[0].listVerifications("default", { url }, FIRST_PAGE);
    const latest = times.slice(-LIMITS.verificationsKept).map((index) => `ver_${index}`);
    expect(items.map(({ id }) => id)).toEqual(latest.toReversed());
  });

  test("more changes than may wait are refused, and told when to come again", async () => {
    const store = await open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: LIMITS.boundaryWritesWaiting + 1 }, (_none, index) =>
        store.addRejection(sighting({ at: START + index })),
      ),
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toMatchObject([{ reason: { code: "unavailable", retryAfterSeconds: 1 } }]);
    expect((await store.listRejections("default", FIRST_PAGE)).items).toMatchObject([
      { count: LIMITS.boundaryWritesWaiting },
    ]);
  });
});
