/** Everything that clients of Healthchecks find besides check-ins, in one list. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { RollcallError } from "../../domain/errors.ts";
import type { HttpParts } from "../parts.ts";
import { badgeCalls, mountBadges } from "./badges.ts";
import { answered, mountCall, preflight, VERSIONS, type HealthchecksCall } from "./call.ts";
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
  for (const version of VERSIONS) app.all(`/api/v${version}/*`, () => answered(parts, nothingHere));
}

/** In their words too: these clients look for `error`, and browsers of other sites are told nothing else. */
function nothingHere(): Promise<never> {
  throw new RollcallError("not_found", "The API of Healthchecks has no such call, or none with this method.");
}
