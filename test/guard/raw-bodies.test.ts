/** The bytes that a signature was made over, as they reach a program in `node:http` style, and what is left for its parsers. */
import { createServer, request as open, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import express, { type Express } from "express";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SIGNED, SIGNING_SECRET, startGuarded, type Guarded } from "./guarded.ts";

const BODY = JSON.stringify({ leads: ["ä", "b"] });

let guarded: Guarded;
let close: () => void = () => undefined;
beforeEach(async () => {
  guarded = await startGuarded({ contracts: SIGNED });
});
afterEach(async () => {
  close();
  await guarded.close();
});

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  return (server.address() as AddressInfo).port;
}

let messages = 0;
function headersFor(body: string): Record<string, string> {
  const id = `msg_${++messages}`;
  const at = new Date();
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(SIGNING_SECRET).sign(id, at, body),
  };
}

async function post(port: number, body: string): Promise<[number, string]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/cron`, {
    method: "POST",
    headers: headersFor(body),
    body,
  });
  return [answer.status, await answer.text()];
}

/** An Express program whose route gives back what it was given. */
function program(before: (app: Express) => void, after: (app: Express) => void): Express {
  const app = express();
  before(app);
  app.use("/api/cron", guarded.guard.express({ monitor: "lead-agent" }));
  after(app);
  app.post("/api/cron", (request, response) => void response.json(request.body ?? null));
  return app;
}

const nothing = (): void => undefined;

describe("in Express", () => {
  test.each<[string, (app: Express) => void, (app: Express) => void, [number, string]]>([
    [
      "before express.json(), which parses the body all the same",
      nothing,
      (app) => app.use(express.json()),
      [200, BODY],
    ],
    [
      "before express.urlencoded(), which leaves it alone",
      nothing,
      (app) => app.use(express.urlencoded()),
      [200, "null"],
    ],
    ["without any parser", nothing, nothing, [200, "null"]],
    [
      "after a parser that keeps the bytes",
      (app) =>
        app.use(
          express.json({
            verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }),
          }),
        ),
      nothing,
      [200, BODY],
    ],
    [
      "after a parser that kept none, and then nothing is proven",
      (app) => app.use(express.json()),
      nothing,
      [401, '{"error":"unauthorized"}'],
    ],
  ])("the guard stands %s", async (_where, before, after, expected) => {
    const port = await listen(program(before, after));
    expect(await post(port, BODY)).toEqual(expected);
  });

  test("the guard takes the bytes of express.raw()", async () => {
    const app = program((app) => app.use(express.raw({ type: "*/*" })), nothing);
    const [status, answered] = await post(await listen(app), BODY);
    expect([status, Buffer.from((JSON.parse(answered) as { data: number[] }).data).toString()]).toEqual([
      200,
      BODY,
    ]);
  });
});

describe("a body", () => {
  test("is whole in many pieces and without a length", async () => {
    const port = await listen(program(nothing, (app) => app.use(express.json({ limit: "1mb" }))));
    const pieces = Array.from({ length: 50 }, (_, index) => `"${String(index).repeat(2_000)}"`);
    const body = `[${pieces.join(",")}]`;
    const answered = await new Promise<string>((resolve, reject) => {
      const request = open(
        { port, path: "/api/cron", method: "POST", headers: headersFor(body) },
        (response) => {
          response.setEncoding("utf8");
          let text = "";
          response.on("data", (chunk: string) => (text += chunk)).on("end", () => resolve(text));
        },
      );
      request.on("error", reject);
      for (let at = 0; at < body.length; at += 5_000) request.write(body.slice(at, at + 5_000));
      request.end();
    });
    expect(answered).toBe(body);
  });

  test("that broke off lets nobody in, and nobody waits for it", async () => {
    const app = program(nothing, nothing);
    let breakOff = nothing;
    const port = await listen((request, response) => {
      app(request, response);
      breakOff();
    });
    await new Promise<void>((resolve) => {
      const headers = { ...headersFor(BODY), "content-length": String(BODY.length) };
      const request = open({ port, path: "/api/cron", method: "POST", headers });
      request.on("error", () => resolve());
      request.write(BODY.slice(0, 5));
      breakOff = () => request.destroy(new Error("gone"));
    });
    await expect.poll(() => guarded.receipts().length).toBe(1);
    expect(guarded.receipts()).toMatchObject([{ ok: false, route: "POST /api/cron" }]);
  });

  test("that is empty is one all the same", async () => {
    const port = await listen(program(nothing, nothing));
    expect((await post(port, ""))[0]).toBe(200);
  });

  test.each(["with the headers", "after them"])(
    "that is empty and of no told length, whose end comes %s, ends for the route too",
    async (when) => {
      const end = "0\r\n\r\n";
      let comeToEnd = nothing;
      const port = await listen((request, response) => {
        const handler = guarded.guard.node({}, () => {
          request.on("data", nothing).on("end", () => response.end("ran"));
        });
        void handler(request, response);
        comeToEnd();
      });
      const told = {
        host: "localhost",
        connection: "close",
        "transfer-encoding": "chunked",
        ...headersFor(""),
      };
      const headers = Object.entries(told).map(([name, value]) => `${name}: ${value}\r\n`);
      const asked = `POST /api/cron HTTP/1.1\r\n${headers.join("")}\r\n`;
      const socket = connect(port, "127.0.0.1");
      if (when === "after them") comeToEnd = () => void socket.write(end);
      socket.write(when === "after them" ? asked : asked + end);
      let answered = "";
      for await (const piece of socket) answered += String(piece);
      expect(answered).toMatch(/^HTTP\/1.1 200 [^]*ran/);
    },
  );
});

test("of two Authorization headers neither is believed", async () => {
  const secret = "a-secret-of-the-scheduler";
  await guarded.close();
  guarded = await startGuarded({ contracts: { cron: { scheme: "bearer", secret } } });
  const port = await listen((request, response) => {
    void guarded.guard.node({}, () => response.end("ran"))(request, response);
  });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = [
      "host",
      "localhost",
      "authorization",
      `Bearer ${secret}`,
      "authorization",
      "Bearer another",
    ];
    open({ port, path: "/api/cron", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(401);
});
