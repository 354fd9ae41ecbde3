/** A guard with a Rollcall on loopback that keeps what it is told, and a world in which time passes when a test says so. */
import { expect } from "vitest";
import { guardsIn, type Guard } from "../../src/guard/guard.ts";
import type { GuardOptions } from "../../src/guard/options.ts";
import type { GuardWorld } from "../../src/guard/world.ts";
import { pause } from "../../src/system/pause.ts";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";

export const SECRET = "a-secret-of-the-scheduler";
export const MANUAL_SECRET = "a-secret-of-the-people";
export const KEY = "rck_ping_default_0123456789abcdefABCDEF";
/** As `standardwebhooks` wants it: base64 of 24 bytes. */
export const SIGNING_SECRET = `whsec_${Buffer.from("twenty-four bytes of key").toString("base64")}`;

export const CONTRACTS: GuardOptions["contracts"] = {
  vercel: { preset: "vercel", secret: SECRET },
  people: { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET },
};
export const SIGNED: GuardOptions["contracts"] = {
  signed: { preset: "standard_webhooks", secret: SIGNING_SECRET },
};

export interface ToldReceipt {
  route: string;
  monitor: string | null;
  probe: boolean;
  ok: boolean;
  reason: string | null;
  principal: string | null;
  contract: string | null;
  expected: string;
  seen: string;
  header_names: string[];
  address: string;
  config_hash: string;
}

export interface Told {
  sign?: {
    instance: string;
    since: string;
    at: string;
    routes: { route: string; monitor: string | null; probe: boolean; config_hash: string }[];
  };
  receipts: ToldReceipt[];
}

export interface Guarded {
  guard: Guard;
  rollcall: HttpReceiver;
  now: number;
  /** What a person was told. */
  troubles: string[];
  /** What waits for time to pass. */
  timers: { delayMs: number; act: () => void }[];
  /** Waits until the next telling waits for so much time to pass. */
  nextWaits(delayMs: number): Promise<void>;
  /** Lets so much time go by, and happen what waits for it. */
  passTime(ms: number): void;
  /** Each batch, in order. */
  told(): Told[];
  receipts(): ToldReceipt[];
  /** Every decision that was told until now; there are so many. */
  receiptsTold(count: number): Promise<ToldReceipt[]>;
  close(): Promise<void>;
}

export async function startGuarded(
  given: Partial<GuardOptions> = {},
  platform: Partial<GuardWorld> = {},
): Promise<Guarded> {
  const rollcall = await startHttpReceiver(answering({ status: 200, body: "{}" }));
  const timers: Guarded["timers"] = [];
  const troubles: string[] = [];
  const guarded: Omit<Guarded, "guard"> = {
    rollcall,
    now: Date.now(),
    troubles,
    timers,
    async nextWaits(delayMs) {
      const isNext = (timer: Guarded["timers"][number]) => timer.delayMs === delayMs && timer !== firstSign;
      await expect.poll(() => timers.some(isNext)).toBe(true);
    },
    passTime(ms) {
      guarded.now += ms;
      const due = timers.filter((timer) => timer.delayMs <= ms);
      for (const timer of due) timers.splice(timers.indexOf(timer), 1);
      for (const { act } of due) act();
    },
    told: () => rollcall.received.map(({ body }) => JSON.parse(body) as Told),
    receipts: () => guarded.told().flatMap(({ receipts }) => receipts),
    async receiptsTold(count) {
      await guard.flush();
      expect(guarded.receipts()).toHaveLength(count);
      return guarded.receipts();
    },
    close: () => rollcall.close(),
  };
  let ids = 0;
  const createGuard = guardsIn({
    now: () => guarded.now,
    uuid: () => `id-${++ids}`,
    chance: () => 1,
    after(delayMs, act) {
      const timer = { delayMs, act };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
    pause,
    fetch: (...request) => fetch(...request),
    warn: (sentence) => void troubles.push(sentence),
    isLasting: true,
    waitUntil: () => null,
    ...platform,
  });
  const options = { rollcall: { url: rollcall.url, key: KEY }, contracts: CONTRACTS, ...given };
  const guard = createGuard(options);
  const [firstSign] = timers;
  return Object.assign(guarded, { guard });
}
