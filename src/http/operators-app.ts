/** The face of a process that takes no check-ins and shows no pages: what those who run it ask, and nothing else. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { RollcallError } from "../domain/errors.ts";
import { accessLog } from "./access-log.ts";
import type { App } from "./app.ts";
import { answerProblem, rollcallErrorOf } from "./errors.ts";
import { mountOperators, type OperatorParts } from "./operators.ts";
import type { HttpParts } from "./parts.ts";

export function createOperatorsApp(parts: OperatorParts & Pick<HttpParts, "log" | "clock">): App {
  const app = new OpenAPIHono();
  app.use(accessLog(parts));
  app.onError((thrown, context) => answerProblem(context, rollcallErrorOf(thrown, parts.log)));
  app.notFound((context) =>
    answerProblem(
      context,
      new RollcallError(
        "not_found",
        "This is a worker, which serves /healthz, /readyz and /metrics only: ask an API process.",
      ),
    ),
  );
  mountOperators(app, parts);
  return app;
}
