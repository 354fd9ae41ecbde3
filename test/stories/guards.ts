/** What the guard on a user's own route tells in a story: calls let in and refused, and that it listens. */
import type { BoundaryReceipt, GuardSign } from "../../src/domain/trust/guarded-route.ts";
import type { RejectionReason } from "../../src/domain/trust/reasons.ts";
import { boundaryReceipt, MINUTE } from "../makers.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

export const ROUTE = "GET /api/cron";
export const HMAC = "an HMAC signature in x-netrii-signature (contract netrii)";

export async function guardedWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T01:00:00Z");
  await world.monitor("nightly", nightly());
  return world;
}

export type Told = Partial<BoundaryReceipt>;

export function refused(reason: RejectionReason, more: Told = {}): Told {
  return { isOk: false, reason, principal: null, expected: "a signature", seen: "another one", ...more };
}

export function admitted(more: Told = {}): Told {
  return { isOk: true, ...more };
}

/** A batch as a guard sends it, of now unless it says otherwise. */
export async function tell(
  world: World,
  told: readonly Told[],
  sign: GuardSign | null = null,
): Promise<void> {
  const receivedAt = world.wall.at;
  const receipts = told.map((each) =>
    boundaryReceipt({ route: ROUTE, monitor: "nightly", at: receivedAt, ...each }),
  );
  await world.engine.noteBoundary({ project: PROJECT, speaksFor: null, receivedAt, sign, receipts });
}

/** A guard that says every minute that it has listened since `sinceAt` (now, if not told), and nobody calls. */
export async function listen(world: World, until: string, sinceAt = world.wall.at): Promise<void> {
  const routes = [{ route: ROUTE, monitor: "nightly", configHash: "abc" }];
  for (;;) {
    await tell(world, [], { instance: "one", routes, sinceAt, at: world.wall.at });
    if (world.wall.at + MINUTE > at(until)) break;
    await world.pass("1m");
  }
  await world.until(until);
}
