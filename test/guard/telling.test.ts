/** What Rollcall is told, and when: at once, together, again, within bounds, and never in a route's way. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { startStopwatch } from "../../src/system/pause.ts";
import { answering, hanging } from "../stubs/http-receiver.ts";
import { SECRET, startGuarded, type Guarded } from "./guarded.ts";

let guarded: Guarded;
let route: (request: Request, ...rest: unknown[]) => Promise<Response>;
beforeEach(async () => use(await startGuarded()));
afterEach(() => guarded.close());

function use(made: Guarded): void {
  guarded = made;
  route = made.guard.fetch({ monitor: "lead-agent" }, () => new Response("ran"));
}

async function useInstead(made: Promise<Guarded>): Promise<void> {
  await guarded.close();
  use(await made);
}

function call(path = "/api/cron", secret = SECRET, ...rest: unknown[]): Promise<Response> {
  const headers = { authorization: `Bearer ${secret}` };
  return route(new Request(`https://app.example.com${path}`, { headers }), ...rest);
}

const told = (count: number) => expect.poll(() => guarded.told().length).toBe(count);

describe("a decision", () => {
  test("is on its way before business code runs", async () => {
    let asked = 0;
    await useInstead(
      startGuarded({
        fetch: () => {
          asked += 1;
          return Promise.resolve(new Response("{}"));
        },
      }),
    );
    const seen: number[] = [];
    const watched = guarded.guard.fetch({}, () => {
      seen.push(asked);
      return new Response("ran");
    });
    await watched(
      new Request("https://app.example.com/", { headers: { authorization: `Bearer ${SECRET}` } }),
    );
    expect(seen).toEqual([1]);
  });

  test("goes out alone at once; those that come meanwhile go together after it", async () => {
    await call();
    await Promise.all([call(), call(), call("/api/cron", "wrong")]);
    await told(1);
    expect(guarded.receipts()).toHaveLength(1);
    // The answer came; the next may go out after a moment.
    await guarded.nextWaits(LIMITS.guardBatchMs);
    guarded.passTime(LIMITS.guardBatchMs);
    await told(2);
    expect(guarded.told()[1]?.receipts.map(({ ok }) => ok)).toEqual([true, true, false]);
  });

  test("is told of trouble to somebody who fails at it, and the program goes on", async () => {
    let told = 0;
    const onTrouble = () => {
      told += 1;
      throw new Error("no log today");
    };
    const unreachable = () => Promise.reject(new Error("unreachable"));
    await useInstead(startGuarded({ onTrouble, fetch: unreachable }));
    expect((await call()).status).toBe(200);
    await expect.poll(() => told).toBe(1);
    expect((await call()).status).toBe(200);
  });

  test("is told to whoever answers without end, of whom no more than a little is read", async () => {
    let pieces = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pieces += 1;
        controller.enqueue(new Uint8Array(LIMITS.responseReadBytes));
        if (pieces > 100) controller.error(new Error("read on"));
      },
    });
    await useInstead(startGuarded({ fetch: () => Promise.resolve(new Response(endless)) }));
    await call();
    await guarded.guard.flush();
    expect(pieces).toBeLessThan(10);
    expect(guarded.troubles).toEqual([]);
  });

  test("holds of the caller's address the network alone, and of headers the names", async () => {
    await useInstead(startGuarded({ trustProxy: true }));
    const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.77", "x-api-key": "do-not-tell" };
    await route(new Request("https://app.example.com/api/cron?token=do-not-tell", { headers }));
    const [receipt] = await guarded.receiptsTold(1);
    expect(receipt).toMatchObject({ address: "203.0.113.0/24", route: "GET /api/cron" });
    expect(receipt?.header_names).toEqual(["x-api-key", "x-forwarded-for"]);
    expect(JSON.stringify(receipt)).not.toContain("do-not-tell");
  });

  test.each([
    ["Bun", { requestIP: () => ({ address: "2001:db8:1:2:3::7" }) }, "2001:db8:1:2::/64"],
    ["Deno", { remoteAddr: { hostname: "203.0.113.7" } }, "203.0.113.0/24"],
    ["a platform that knows none", { requestIP: () => expect.fail("no address") }, "unknown"],
  ])("has the address that %s gives with a call", async (_platform, given, address) => {
    await call("/api/cron", SECRET, given);
    expect(await guarded.receiptsTold(1)).toMatchObject([{ address }]);
  });

  test("says nothing of an address that a caller wrote itself", async () => {
    await route(new Request("https://app.example.com/", { headers: { "x-forwarded-for": "203.0.113.7" } }));
    expect(await guarded.receiptsTold(1)).toMatchObject([{ address: "unknown" }]);
  });
});

describe("what could not be told", () => {
  test("is told again, later each time, and in order", async () => {
    guarded.rollcall.answer = answering({ status: 503 });
    await call("/first");
    await told(1);
    await call("/second");
    for (const [tries, delayMs] of [1_000, 2_000, 4_000].entries()) {
      await guarded.nextWaits(delayMs);
      guarded.passTime(delayMs - 1);
      expect(guarded.told()).toHaveLength(tries + 1);
      if (tries === 2) guarded.rollcall.answer = answering({ status: 200 });
      guarded.passTime(delayMs);
      await told(tries + 2);
    }
    expect(
      guarded
        .told()
        .at(-1)
        ?.receipts.map(({ route }) => route),
    ).toEqual(["GET /first", "GET /second"]);
  });

  test("is told at once by a process that was frozen meanwhile", async () => {
    guarded.rollcall.answer = answering({ status: 503 });
    await call();
    await guarded.nextWaits(1_000);
    guarded.now += 600_000;
    await call();
    await told(2);
    expect(guarded.told()[1]?.receipts).toHaveLength(2);
  });

  test("is given up where no answer comes, so that the next try can begin", async () => {
    guarded.rollcall.answer = hanging;
    await call();
    await told(1);
    guarded.rollcall.answer = answering({ status: 200 });
    guarded.passTime(LIMITS.guardSendMs);
    await told(2);
  });

  test("makes room when too much waits, refusals first", async () => {
    guarded.rollcall.answer = answering({ status: 503 });
    await call("/let-in");
    await told(1);
    await guarded.nextWaits(1_000);
    for (let each = 0; each < LIMITS.guardReceiptsWaiting + 10; each++) await call("/refused", "wrong");
    guarded.rollcall.answer = answering({ status: 200 });
    const before = guarded.receipts().length;
    await guarded.guard.flush();
    const receipts = guarded.receipts().slice(before);
    expect(receipts).toHaveLength(LIMITS.guardReceiptsWaiting);
    expect(receipts[0]).toMatchObject({ route: "GET /let-in", ok: true });
    expect(Math.max(...guarded.told().map(({ receipts }) => receipts.length))).toBe(LIMITS.receiptsPerBatch);
    expect(guarded.troubles.join()).toContain("the oldest are lost");
  });

  test("is not sent again where it was refused for what it holds", async () => {
    guarded.rollcall.answer = answering({ status: 400 });
    await call();
    await guarded.guard.flush();
    expect(guarded.told()).toHaveLength(1);
    expect(guarded.troubles).toEqual([
      "rollcall guard: Rollcall answered 400 to what the guard told: what is wrong with it is lost.",
    ]);
  });

  test("is said once to a person, whatever goes on", async () => {
    guarded.rollcall.answer = answering({ status: 401 });
    for (const tries of [1, 2]) {
      await call();
      await told(tries);
      await guarded.nextWaits(tries * 1_000);
      guarded.passTime(2_000);
    }
    expect(guarded.troubles).toEqual([
      "rollcall guard: Rollcall answered 401 to what the guard told: the key is wrong or was revoked.",
    ]);
  });
});

describe("flush and close", () => {
  test("flush waits for what is on its way, and no longer than it is told to", async () => {
    guarded.rollcall.answer = hanging;
    await call();
    await told(1);
    const elapsedMs = startStopwatch();
    await guarded.guard.flush(20);
    expect(elapsedMs()).toBeGreaterThan(15);
    expect(elapsedMs()).toBeLessThan(LIMITS.guardFlushMs / 2);
  });

  test("after close nothing is told, and routes stay guarded", async () => {
    await guarded.guard.close();
    expect((await call()).status).toBe(200);
    expect((await call("/", "wrong")).status).toBe(401);
    await guarded.guard.flush();
    guarded.passTime(LIMITS.guardSignMs);
    expect([guarded.told(), guarded.timers]).toEqual([[], []]);
  });

  test("a guard without a Rollcall decides, and waits for nothing", async () => {
    await useInstead(startGuarded({ rollcall: undefined as never }));
    expect([(await call()).status, (await call("/", "wrong")).status]).toEqual([200, 401]);
    await guarded.guard.close();
    expect(guarded.timers).toEqual([]);
  });
});

describe("a process that is frozen after its answer", () => {
  const waits = (): { kept: Promise<unknown>[]; waitUntil: (work: Promise<unknown>) => void } => {
    const kept: Promise<unknown>[] = [];
    return { kept, waitUntil: (work) => void kept.push(work) };
  };

  test("is kept awake by what its platform gives with the call", async () => {
    const context = waits();
    await call("/api/cron", SECRET, { env: true }, context);
    expect(context.kept).toHaveLength(1);
    await Promise.all(context.kept);
    expect(guarded.receipts()).toHaveLength(1);
  });

  test("is kept awake by what its owner gives, before all others", async () => {
    const [owner, platform, context] = [waits(), waits(), waits()];
    await useInstead(startGuarded({ waitUntil: owner.waitUntil }, { waitUntil: () => platform.waitUntil }));
    await call("/api/cron", SECRET, context);
    expect([owner, platform, context].map(({ kept }) => kept.length)).toEqual([1, 0, 0]);
    await Promise.all(owner.kept);
  });

  test("is let in all the same where the platform refuses to wait", async () => {
    await useInstead(
      startGuarded({
        waitUntil: () => {
          throw new Error("`after` was called outside a request scope");
        },
      }),
    );
    expect((await call()).status).toBe(200);
    expect(await guarded.receiptsTold(1)).toHaveLength(1);
  });
});

describe("a sign of life", () => {
  test("says soon after the start, and every minute, since when the guard listens on which routes", async () => {
    const startedAt = new Date(guarded.now).toISOString();
    guarded.guard.hono({ monitor: "lead-agent", route: "GET /api/named" });
    guarded.passTime(1_000);
    await told(1);
    const config_hash = await guarded.guard.configHash();
    const named = { route: "GET /api/named", monitor: "lead-agent", probe: false, config_hash };
    const [first] = guarded.told();
    expect(first?.receipts).toEqual([]);
    expect(Date.parse(first?.sign?.since ?? "")).toBe(Date.parse(startedAt));
    expect(first?.sign?.routes).toEqual([named]);
    await call("/api/called", "wrong");
    await guarded.receiptsTold(1);
    guarded.passTime(LIMITS.guardSignMs);
    await told(3);
    const { sign } = guarded.told()[2] ?? {};
    expect(sign?.instance).toBe(first?.sign?.instance);
    expect(sign?.routes).toEqual([named, { ...named, route: "GET /api/called" }]);
    expect(Date.parse(sign?.at ?? "")).toBe(guarded.now);
  });

  test("does not claim the time in which the process was frozen", async () => {
    guarded.passTime(1_000);
    await told(1);
    await guarded.guard.flush();
    guarded.passTime(LIMITS.guardSignGapMs + 1);
    await told(2);
    expect(Date.parse(guarded.told()[1]?.sign?.since ?? "")).toBe(guarded.now);
  });

  test("does not claim it either where a call wakes the process before its timers", async () => {
    guarded.passTime(1_000);
    await told(1);
    await guarded.guard.flush();
    guarded.now += LIMITS.guardSignGapMs + 1;
    await call();
    await guarded.receiptsTold(1);
    expect(Date.parse(guarded.told()[1]?.sign?.since ?? "")).toBe(guarded.now);
  });

  test("goes with the last of what waits: calls that were not told yet are no silence", async () => {
    const calls = Array.from({ length: LIMITS.receiptsPerBatch + 2 }, () => call());
    await Promise.all(calls);
    await guarded.receiptsTold(calls.length);
    const batches = guarded.told();
    expect(batches.at(-1)?.sign).toBeDefined();
    expect(batches.find(({ receipts }) => receipts.length === LIMITS.receiptsPerBatch)).not.toHaveProperty(
      "sign",
    );
  });

  test("does not come from where a process has no time of its own", async () => {
    await useInstead(startGuarded({}, { isLasting: false }));
    expect(guarded.timers).toEqual([]);
    await call();
    await guarded.receiptsTold(1);
    expect(guarded.told()[0]?.sign).toBeUndefined();
  });

  test("names a bounded number of routes, however many paths are called", async () => {
    for (let each = 0; each <= LIMITS.guardRoutes; each++) await call(`/api/${each}`, "wrong");
    const receipts = await guarded.receiptsTold(LIMITS.guardRoutes + 1);
    expect(receipts.at(-2)?.route).toBe(`GET /api/${LIMITS.guardRoutes - 1}`);
    expect(receipts.at(-1)?.route).toBe("other routes");
  });
});
