/** The same small program in every style that a guard knows, over real HTTP: one guarded route, and the probe. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import { Hono } from "hono";
import type { Admitted, Guard } from "../../src/editions/guard.ts";

export interface Program {
  url: string;
  /** What the route's own code was called with. */
  runs: { body: string; principal: string }[];
  /** What the route answers with. */
  status: number;
  close(): Promise<void>;
}

/** What the route does: it says what it got, with the status that the test wants. */
type Work = (body: string, admitted: Admitted) => { status: number; body: string };

const STYLES: Readonly<Record<string, (guard: Guard, work: Work) => RequestListener>> = {
  fetch(guard, work) {
    const route = guard.fetch({ monitor: "lead-agent" }, async (request, admitted) => {
      const { status, body } = work(await request.text(), admitted);
      return new Response(body, { status });
    });
    return listenerOf((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === guard.probe.path) return guard.probe.fetch(request);
      return pathname === "/api/cron" ? route(request) : new Response("nothing here", { status: 404 });
    });
  },

  hono(guard, work) {
    const app = new Hono<{ Variables: { rollcall: Admitted } }>();
    app.use("/api/cron", guard.hono({ monitor: "lead-agent" }));
    app.all("/api/cron", async (context) => {
      const { status, body } = work(await context.req.text(), context.get("rollcall"));
      return new Response(body, { status });
    });
    app.all(guard.probe.path, guard.probe.hono);
    return listenerOf(app.fetch);
  },

  express(guard, work) {
    const app = express();
    app.all(
      "/api/cron",
      guard.express({ monitor: "lead-agent" }),
      express.text({ type: "*/*" }),
      (request, response) => {
        const { status, body } = work(
          typeof request.body === "string" ? request.body : "",
          response.locals["rollcall"],
        );
        response.status(status).send(body);
      },
    );
    app.all(guard.probe.path, guard.probe.express);
    return app;
  },

  node(guard, work) {
    const route = guard.node(
      { monitor: "lead-agent" },
      async (request: IncomingMessage, response: ServerResponse, admitted) => {
        const { status, body } = work(await text(request), admitted);
        response.writeHead(status).end(body);
      },
    );
    return (request, response) => {
      if (request.url === guard.probe.path) void guard.probe.node(request, response);
      else if (request.url === "/api/cron") void route(request, response);
      else response.writeHead(404).end();
    };
  },
};

function listenerOf(
  answer: (request: Request, env: object) => Promise<Response> | Response,
): RequestListener {
  const listener = getRequestListener((request, env) => answer(request, env));
  return (request, response) => void listener(request, response);
}

export const STYLE_NAMES = Object.keys(STYLES);

export async function startProgram(style: string, guard: Guard): Promise<Program> {
  const made = STYLES[style];
  if (made === undefined) throw new Error(`There is no style ${style}.`);
  const runs: Program["runs"] = [];
  const listener = made(guard, (body, { principal }) => {
    runs.push({ body, principal });
    return { status: program.status, body: `ran for ${principal}` };
  });
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const program: Program = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs,
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return program;
}
