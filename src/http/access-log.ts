/** One line and one measure an exchange, by route pattern: paths hold keys, so they are never written down. */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { HttpParts } from "./parts.ts";

export function accessLog({
  log,
  metrics,
  clock,
}: Pick<HttpParts, "log" | "metrics" | "clock">): MiddlewareHandler {
  return async (context, next) => {
    const beganAt = clock.now();
    await next();
    // Anything may be sent as a method; only known ones become labels.
    const method = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(context.req.method)
      ? context.req.method
      : "OTHER";
    const matched = routePath(context, -1);
    const exchange = {
      method,
      // Only the middleware matched: there is no such route.
      route: matched === "/*" || matched === "" ? "none" : matched,
      status: context.res.status,
      durationMs: Math.max(0, clock.now() - beganAt),
    };
    metrics.observeRequest(exchange);
    log.debug("request", exchange);
  };
}
