/**
 * The library published as `rollcall/guard`: it guards a program's own scheduled routes, joined here with the time, chance
 * and network of the platform that it runs on.
 */
import { guardsIn } from "../guard/guard.ts";
import { wallClock } from "../system/clock.ts";
import { pause } from "../system/pause.ts";
import { isLasting, platformWaitUntil, webIds } from "../system/platform.ts";
import { after } from "../system/timers.ts";

export type { Admitted } from "../domain/trust/decision.ts";
export type { FetchHandler } from "../guard/fetch.ts";
export type { Guard } from "../guard/guard.ts";
export type { HonoContext, HonoMiddleware } from "../guard/hono.ts";
export type { ExpressMiddleware, NodeHandler, NodeRequest, NodeResponse } from "../guard/node.ts";
export type { GuardContract, GuardOptions } from "../guard/options.ts";
export type { RouteOptions } from "../guard/routes.ts";

/**
 * Makes the guard of a program: who may call its scheduled routes, and where that is told.
 *
 *     const guard = createGuard({
 *       rollcall: { url: process.env.ROLLCALL_URL, key: process.env.ROLLCALL_PING_KEY },
 *       contracts: { vercel: { preset: "vercel", secret: process.env.CRON_SECRET } },
 *     });
 *     export const GET = guard.fetch({ monitor: "lead-agent" }, async () => Response.json(await findLeads()));
 */
export const createGuard = guardsIn({
  now: wallClock().now,
  ...webIds(),
  after,
  pause,
  fetch: (...given) => fetch(...given),
  warn: (sentence) => console.warn(sentence),
  isLasting: isLasting(),
  waitUntil: platformWaitUntil,
});
