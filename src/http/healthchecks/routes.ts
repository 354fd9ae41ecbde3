/** Everything that clients of Healthchecks find besides check-ins, in one list. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpParts } from "../parts.ts";
import { badgeCalls, mountBadges } from "./badges.ts";
import { mountCall, preflight, VERSIONS, type HealthchecksCall } from "./call.ts";
import { channelCalls } from "./channels.ts";
import { checkCalls } from "./checks.ts";
import { flipCalls } from "./flips.ts";
import { pingCalls } from "./pings.ts";
import { mountStatus } from "./status.ts";

const CALLS: readonly HealthchecksCall[] = [
  ...checkCalls,
  ...pingCalls,
  ...flipCalls,
  ...channelCalls,
  ...badgeCalls,
];

export function mountHealthchecks(app: OpenAPIHono, parts: HttpParts): void {
  for (const version of VERSIONS) app.options(`/api/v${version}/*`, preflight);
  for (const call of CALLS) mountCall(app, parts, call);
  mountStatus(app, parts);
  mountBadges(app, parts);
}
