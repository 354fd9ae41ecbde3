/** The examples in the README guard what they say, in a program of their own with this package beside the framework. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";
import { KEY, MANUAL_SECRET, SECRET, type Told } from "./guarded.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
const [, section = ""] = readme.split("\n### Guard your own scheduled routes\n");
const blocks = [...(section.split(/\n##+ /)[0] ?? "").matchAll(/^```js\n([^]*?)^```$/gm)].map(
  ([, code = ""]) => code,
);

let folder: string;
let rollcall: HttpReceiver;
let program: ChildProcess | null = null;
beforeEach(async () => {
  rollcall = await startHttpReceiver(answering({ status: 200, body: "{}" }));
  folder = mkdtempSync(join(tmpdir(), "rollcall-guarded-"));
  mkdirSync(join(folder, "node_modules/@hono"), { recursive: true });
  symlinkSync(PROJECT, join(folder, "node_modules/rollcall"));
  for (const name of ["hono", "@hono/node-server", "express"]) {
    symlinkSync(join(PROJECT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(folder, "leads.js"), "export const findLeads = async () => 3;");
  writeFileSync(join(folder, "guard.js"), block(/createGuard\(/));
});
afterEach(async () => {
  program?.kill("SIGKILL");
  program = null;
  await rollcall.close();
  rmSync(folder, { recursive: true, force: true });
});

function block(holding: RegExp): string {
  const found = blocks.filter((code) => holding.test(code));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

const environment = () => ({
  PATH: process.env["PATH"],
  ROLLCALL_URL: rollcall.url,
  ROLLCALL_PING_KEY: KEY,
  CRON_SECRET: SECRET,
  MANUAL_SECRET,
});

const receipts = () => rollcall.received.flatMap(({ body }) => (JSON.parse(body) as Told).receipts);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe.each([
  ["Hono", /from "hono"/],
  ["Express", /from "express"/],
])("%s", (_style, holding) => {
  test("is guarded as the example says", async () => {
    writeFileSync(join(folder, "program.js"), block(holding));
    const port = await freePort();
    program = spawn(process.execPath, ["program.js"], {
      cwd: folder,
      env: { ...environment(), PORT: String(port) },
      stdio: "inherit",
    });
    const url = `http://127.0.0.1:${port}`;
    const call = async (path: string, secret: string) => {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${secret}` } });
      return [answer.status, await answer.json()];
    };
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => "up",
            () => "down",
          ),
        { timeout: 15_000 },
      )
      .toBe("up");
    expect(await call("/api/cron", SECRET)).toEqual([200, { found: 3, by: "scheduler" }]);
    expect(await call("/api/cron", "wrong")).toEqual([401, { error: "unauthorized" }]);
    expect(await call("/.well-known/rollcall/probe", MANUAL_SECRET)).toMatchObject([
      200,
      { principal: "manual" },
    ]);
    await expect.poll(() => receipts().length).toBe(3);
    expect(receipts()).toMatchObject([
      { route: "GET /api/cron", monitor: "lead-agent", ok: true, address: "127.0.0.0/24" },
      { route: "GET /api/cron", ok: false, reason: "bad_signature" },
      { probe: true, ok: true },
    ]);
  });
});

describe("Next.js", () => {
  test("has a route handler and a probe as the example says", async () => {
    writeFileSync(join(folder, "route.js"), block(/Response\.json/));
    writeFileSync(join(folder, "probe.js"), block(/probe\.fetch/));
    writeFileSync(
      join(folder, "program.js"),
      `import { guard } from "./guard.js";
       import { GET } from "./route.js";
       import { POST as PROBE } from "./probe.js";
       const request = () => new Request("https://app.example.com/api/cron", { headers: { authorization: "Bearer ${SECRET}" } });
       console.log(JSON.stringify([await (await GET(request())).json(), (await (await PROBE(request())).json()).principal]));
       await guard.flush();`,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["program.js"], {
      cwd: folder,
      env: environment(),
    });
    expect([JSON.parse(stdout), stderr]).toEqual([[{ found: 3, by: "scheduler" }, "scheduler"], ""]);
    expect(receipts()).toMatchObject([{ route: "GET /api/cron", monitor: "lead-agent" }, { probe: true }]);
  });
});
