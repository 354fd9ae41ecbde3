/** The HTTP server while it stops: whoever is being answered is answered, and nobody holds it up. */
import { Agent, get } from "node:http";
import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { listen } from "../../src/editions/listen.ts";

test("clients that keep asking over open connections are answered, and do not hold a stop up", async () => {
  const listening = await listen({ host: "127.0.0.1", port: 0 });
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const app = new OpenAPIHono().get("/", async (context) => {
    asked.resolve();
    await gate.promise;
    return context.text("here");
  });
  listening.carry(app);
  const agent = new Agent({ keepAlive: true });
  const ask = () =>
    new Promise<string>((resolve) => {
      get(listening.url, { agent }, (answer) =>
        answer.resume().on("end", () => resolve(String(answer.statusCode))),
      ).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  const askOn = async (came: string[] = []): Promise<string[]> => {
    while (came.length === 0 || came.at(-1) === "200") came.push(await ask());
    return came;
  };
  const asking = askOn();
  await asked.promise;
  const closing = listening.close();
  gate.resolve();
  // Long before connections that are left open are cut.
  await closing;
  expect(await asking).toEqual(["200", "200", "ECONNREFUSED"]);
  agent.destroy();
});
