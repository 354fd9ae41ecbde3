/** The whole outside face as one application of web standards: it runs wherever `fetch` handlers do. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { RollcallError } from "../domain/errors.ts";
import { accessLog } from "./access-log.ts";
import { mountCheckInTwins } from "./check-in-twin.ts";
import { createCheckInRecording } from "./check-in-recording.ts";
import { mountCheckIns } from "./check-ins.ts";
import { answerProblem, rollcallErrorOf } from "./errors.ts";
import { mountHealthchecks } from "./healthchecks/routes.ts";
import { mountOperators } from "./operators.ts";
import type { HttpParts } from "./parts.ts";
import { routedPath } from "./routed-path.ts";
import { CALLS } from "./routes.ts";
import { mountTraceTwins } from "./trace-twin.ts";
import { mountTraces } from "./traces.ts";
import { createTwin } from "./twin-answer.ts";

/** `fetch` is its way in; `request` is for tests. */
export type App = Pick<OpenAPIHono, "fetch" | "request">;

export function createApp(parts: HttpParts): App {
  const app = new OpenAPIHono({ getPath: routedPath(parts.dialects) });
  app.use(accessLog(parts));
  app.onError((thrown, context) => answerProblem(context, rollcallErrorOf(thrown, parts.log)));
  app.notFound((context) =>
    answerProblem(context, new RollcallError("not_found", "There is nothing at this address.")),
  );

  const record = createCheckInRecording(parts);
  mountCheckIns(app, { parts, record });
  const twin = createTwin(parts);
  mountTraceTwins(app, twin);
  mountCheckInTwins(app, twin);
  mountTraces(app, { parts, record });
  mountOperators(app, parts);
  mountHealthchecks(app, parts);
  for (const each of CALLS) each.mount(app, parts);
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "A key of the kind that the call names, or an admin key.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "instance_key", {
    type: "http",
    scheme: "bearer",
    description: "The key that the server was given as ROLLCALL_INSTANCE_KEY.",
  });
  app.get("/v1/openapi.json", (context) =>
    context.json(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: "Rollcall", version: "1", description: "The management API of Rollcall." },
        servers: [{ url: parts.publicUrl }],
      }),
    ),
  );
  if (parts.pages !== null) app.route("/", parts.pages(parts));
  return app;
}
