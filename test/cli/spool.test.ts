/** The spool and its senders: nothing lost, nothing twice, a run's end never before its start. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deliverSpool } from "../../src/cli/deliver.ts";
import { keepTrying } from "../../src/cli/sender.ts";
import { listSpool, putAside, putInSpool, retryRefused, take } from "../../src/cli/spool.ts";
import type { Spool } from "../../src/cli/spool.ts";
import type { SpooledCheckIn } from "../../src/cli/spooled-check-in.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { PING_KEY, problem, startCheckInServer } from "../stubs/check-in-server.ts";
import type { CheckInServer } from "../stubs/check-in-server.ts";
import { answering } from "../stubs/http-receiver.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;

let server: CheckInServer;
let folder: string;
let now: number;
let spool: Spool;

beforeEach(async () => {
  server = await startCheckInServer();
  folder = mkdtempSync(join(tmpdir(), "rollcall-spool-"));
  now = NOW;
  spool = { folder: join(folder, "spool"), now: () => now };
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function checkIn(own: Partial<SpooledCheckIn> = {}): SpooledCheckIn {
  const kind = own.kind ?? "start";
  const runId = own.runId ?? "r1";
  return {
    version: 1,
    url: server.url,
    key: PING_KEY,
    monitor: "nightly",
    kind,
    runId,
    isManual: false,
    scheduledForAt: null,
    sentAt: NOW - 5 * MINUTE,
    durationMs: kind === "start" ? null : 1_500,
    idempotencyKey: `${runId}-${kind}`,
    body: "",
    ...own,
  };
}

const send = (currentKey: string | null = null) => deliverSpool(spool, { timeoutMs: 5_000, currentKey });
const told = (): string[] => server.taken.map(({ query, kind }) => `${query["run"]} ${kind}`);
const waitingNames = (): string[] => readdirSync(spool.folder).filter((name) => name.endsWith(".json"));
const asideNames = (): string[] => {
  const path = join(spool.folder, "refused");
  return existsSync(path) ? readdirSync(path) : [];
};

describe("a pass", () => {
  test("delivers oldest first, with the instant at which each happened", async () => {
    await putInSpool(spool, checkIn({ kind: 0, sentAt: NOW - 3 * MINUTE }));
    await putInSpool(spool, checkIn({ runId: "r2", sentAt: NOW - 2 * MINUTE }));
    await putInSpool(spool, checkIn({ sentAt: NOW - 4 * MINUTE }));
    expect(await send()).toMatchObject({ left: 0, refused: [], damaged: 0 });
    expect(told()).toEqual(["r1 start", "r1 0", "r2 start"]);
    expect(server.taken[0]?.query["occurred_at"]).toBe("2026-11-21T11:56:00.000Z");
    expect(server.taken[1]?.query["duration"]).toBe("1.5");
    expect(server.faults).toEqual([]);
    expect(waitingNames()).toEqual([]);
  });

  test("puts a start before the end of the same millisecond", async () => {
    await putInSpool(spool, checkIn({ kind: 0 }));
    await putInSpool(spool, checkIn());
    await send();
    expect(told()).toEqual(["r1 start", "r1 0"]);
  });

  test("holds the end of a run back while its start cannot be delivered, and goes on with other runs", async () => {
    await putInSpool(spool, checkIn({ body: "poison" }));
    await putInSpool(spool, checkIn({ kind: 0, sentAt: NOW - 4 * MINUTE }));
    await putInSpool(spool, checkIn({ runId: "r2", sentAt: NOW - 3 * MINUTE }));
    server.refuse = (received, response) => {
      const isPoison = received.body === "poison";
      answering({ status: isPoison ? 500 : 200, body: "{}" })(received, response);
    };
    expect(await send()).toMatchObject({ left: 2 });
    expect(told()).toEqual(["r1 start", "r2 start"]);
  });

  test("leaves a server alone after three failures, and says why the rest is left", async () => {
    for (let index = 0; index < 6; index++) await putInSpool(spool, checkIn({ runId: `r${index}` }));
    server.refuse = answering({ status: 503, headers: { "retry-after": "7" }, body: "{}" });
    expect(await send()).toMatchObject({ left: 6, retryAfterMs: 7_000, delivered: [] });
    expect(server.taken).toHaveLength(LIMITS.spoolStrikes);
    server.refuse = null;
    expect(await send()).toMatchObject({ left: 0 });
  });

  test("another server's troubles do not hold up this one's", async () => {
    for (let index = 0; index < 4; index++) {
      await putInSpool(spool, checkIn({ runId: `dead${index}`, url: "http://127.0.0.1:2" }));
    }
    await putInSpool(spool, checkIn({ runId: "alive", sentAt: NOW - MINUTE }));
    expect(await send()).toMatchObject({ left: 4 });
    expect(told()).toEqual(["alive start"]);
  });

  test("sets aside what is refused, and tries it again when asked to", async () => {
    await putInSpool(spool, checkIn());
    server.refuse = problem(410, "gone", "The monitor was deleted.");
    expect(await send()).toMatchObject({ left: 0, refused: [{ why: "The monitor was deleted." }] });
    expect(asideNames()).toHaveLength(1);
    server.refuse = null;
    expect(await retryRefused(spool)).toBe(1);
    expect(await send()).toMatchObject({ left: 0, refused: [] });
    expect(asideNames()).toEqual([]);
  });

  test("sets aside what is older than a check-in may be, without sending it", async () => {
    await putInSpool(spool, checkIn({ sentAt: NOW - LIMITS.lateDeliveryMs - 1 }));
    await putInSpool(spool, checkIn({ runId: "r2", sentAt: NOW - LIMITS.lateDeliveryMs }));
    expect((await send()).refused).toHaveLength(1);
    expect(told()).toEqual(["r2 start"]);
  });

  test("delivers with the present key of the project when its own was revoked", async () => {
    const present = PING_KEY.replace("0123", "9999");
    const keys: string[] = [];
    await putInSpool(spool, checkIn());
    server.refuse = (received, response) => {
      const key = received.headers["authorization"]?.replace("Bearer ", "") ?? "";
      keys.push(key);
      const answer =
        key === present ? answering({ status: 200, body: "{}" }) : problem(401, "unauthorized", "Revoked.");
      answer(received, response);
    };
    expect(await send(present)).toMatchObject({ left: 0, refused: [] });
    expect(keys).toEqual([PING_KEY, present]);
    await putInSpool(spool, checkIn());
    expect((await send("rck_ping_other_0123456789abcdef")).refused).toHaveLength(1);
  });

  test.each(["", "{", "[]", '{"version":2}', '{"version":1,"url":5}', "\u0000".repeat(10)])(
    "sets the damaged file %j aside and goes on",
    async (text) => {
      await putInSpool(spool, checkIn());
      writeFileSync(join(spool.folder, waitingNames()[0] ?? ""), text);
      await putInSpool(spool, checkIn({ runId: "r2", sentAt: NOW }));
      expect(await send()).toMatchObject({ damaged: 1, left: 0 });
      expect(told()).toEqual(["r2 start"]);
      expect(asideNames()).toEqual([expect.stringContaining(".damaged")]);
    },
  );

  test("does not touch files that are none of ours", async () => {
    await putInSpool(spool, checkIn());
    writeFileSync(join(spool.folder, "notes.txt"), "mine");
    await send();
    expect(readFileSync(join(spool.folder, "notes.txt"), "utf8")).toBe("mine");
  });

  test("of a spool that is not there finds nothing to do", async () => {
    expect(await send()).toMatchObject({ left: 0, delivered: [] });
    expect(existsSync(spool.folder)).toBe(false);
  });
});

describe("several senders", () => {
  test("deliver each file once, and each run in order", async () => {
    for (let index = 0; index < 20; index++) {
      await putInSpool(spool, checkIn({ runId: `r${index}`, sentAt: NOW - MINUTE + index }));
      await putInSpool(spool, checkIn({ runId: `r${index}`, kind: 0, sentAt: NOW - MINUTE + 100 + index }));
    }
    await Promise.all([send(), send(), send(), send()]);
    await send();
    expect(server.taken).toHaveLength(40);
    expect(new Set(told()).size).toBe(40);
    for (let index = 0; index < 20; index++) {
      expect(told().indexOf(`r${index} start`)).toBeLessThan(told().indexOf(`r${index} 0`));
    }
    expect(waitingNames()).toEqual([]);
  });

  test("do not send the end of a run whose start another one is sending", async () => {
    await putInSpool(spool, checkIn());
    await putInSpool(spool, checkIn({ kind: 0, sentAt: NOW - MINUTE }));
    const [first] = await listSpool(spool);
    if (first === undefined) throw new Error("nothing was spooled");
    await take(spool, first);
    expect(await send()).toMatchObject({ left: 2, delivered: [] });
    expect(server.taken).toEqual([]);
  });

  test("take over from one that died: what it had taken is sent, with the same Idempotency-Key", async () => {
    await putInSpool(spool, checkIn());
    const [first] = await listSpool(spool);
    if (first === undefined) throw new Error("nothing was spooled");
    await take(spool, first);
    now += LIMITS.spoolClaimMs;
    expect(await send()).toMatchObject({ left: 1 });
    now += 1;
    expect(await send()).toMatchObject({ left: 0 });
    expect(server.taken[0]?.idempotencyKey).toBe("r1-start");
  });

  test("a claim from the future, left by a clock that was set back, is taken over too", async () => {
    await putInSpool(spool, checkIn());
    const [first] = await listSpool(spool);
    now += 24 * 60 * MINUTE;
    if (first === undefined) throw new Error("nothing was spooled");
    await take(spool, first);
    now = NOW;
    expect(await send()).toMatchObject({ left: 0 });
  });

  test("only one keeps trying; the next is turned away by its mark until that is old", async () => {
    mkdirSync(spool.folder);
    let turns = 0;
    const turn = async () => ({ left: turns++ === -1 ? 1 : 0, retryAfterMs: null });
    await keepTrying(spool, async () => {
      await keepTrying(spool, turn);
      return { left: 0, retryAfterMs: null };
    });
    expect(turns).toBe(0);
    writeFileSync(join(spool.folder, "sender"), "");
    now = Date.now() + 60 * MINUTE;
    await keepTrying(spool, turn);
    expect(turns).toBe(1);
    expect(existsSync(join(spool.folder, "sender"))).toBe(false);
  });
});

describe("bounds", () => {
  test("the oldest go when there are too many, and their number is told", async () => {
    mkdirSync(spool.folder);
    for (let index = 0; index < LIMITS.spoolFiles; index++) {
      const instant = String(NOW - 10_000 + index).padStart(15, "0");
      writeFileSync(
        join(spool.folder, `${instant}-1-0123456789abcdef-${String(index).padStart(8, "0")}.json`),
        "",
      );
    }
    expect(await putInSpool(spool, checkIn({ sentAt: NOW }))).toBe(1);
    expect(waitingNames()).toHaveLength(LIMITS.spoolFiles);
    expect(waitingNames().sort()[0]).toContain(String(NOW - 9_999));
  });

  test("the oldest go when they are too large together, never the one just written", async () => {
    mkdirSync(spool.folder);
    const name = `${String(NOW - 10_000).padStart(15, "0")}-1-0123456789abcdef-00000000.json`;
    writeFileSync(join(spool.folder, name), Buffer.alloc(LIMITS.spoolBytes));
    expect(await putInSpool(spool, checkIn({ sentAt: NOW - 20_000 }))).toBe(1);
    expect(waitingNames()).toHaveLength(1);
    expect(waitingNames()[0]).not.toBe(name);
  });

  test("of what was set aside the newest are kept", async () => {
    for (let index = 0; index <= LIMITS.spoolSetAsideFiles; index++) {
      await putAside(spool, { checkIn: checkIn({ sentAt: NOW + index }), why: "no" });
    }
    expect(asideNames()).toHaveLength(LIMITS.spoolSetAsideFiles);
    expect(asideNames().sort()[0]).toContain(String(NOW + 1));
  });
});
