/** `status/`: whether Rollcall can work, for whoever watches the watcher. It asks for no key. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpParts } from "../parts.ts";
import { VERSIONS } from "./call.ts";

export function mountStatus(app: OpenAPIHono, { engine }: HttpParts): void {
  for (const version of VERSIONS) {
    for (const slash of ["", "/"]) {
      app.get(`/api/v${version}/status${slash}`, async (context) => {
        const { isReady } = await engine.readiness();
        context.header("access-control-allow-origin", "*");
        context.header("cache-control", "no-store");
        return isReady ? context.text("OK") : context.text("not ready", 500);
      });
    }
  }
}
