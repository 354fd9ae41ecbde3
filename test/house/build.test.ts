/** The bundles: what the build makes of an entry, and what it says when there is none. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { build, buildAction, writeTypes } from "../../config/build.mjs";
import { inTree, PROJECT } from "./linting.ts";

const run = promisify(execFile);
const { version: VERSION } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  version: string;
};

/** A project of two files, with this project's packages. */
function inProject(files: Record<string, string>, use: (folder: string) => Promise<void>): Promise<void> {
  return inTree(files, (folder) => {
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    return use(folder);
  });
}

describe("the build", () => {
  test("makes one file that runs without its sources and packages, CommonJS packages and pages included", () =>
    inProject(
      {
        "src/editions/main.ts": `
          import nodemailer from "nodemailer";
          import { page } from "./page.tsx";
          console.log(typeof nodemailer.createTransport, String(page("<you>")), process.argv[2]);`,
        "src/editions/page.tsx": `export const page = (name: string) => <p>Hello {name}</p>;`,
      },
      async (folder) => {
        const [server = ""] = await build(["server"], folder);
        expect(server).toBe(join(folder, "dist/server.mjs"));
        const { stdout } = await run(process.execPath, [server, "serve"], { cwd: folder });
        expect(stdout).toBe("function <p>Hello &lt;you&gt;</p> serve\n");
      },
    ));

  test("makes a CLI that is started by its name alone", () =>
    inProject({ "src/cli/main.ts": `console.log("called with", process.argv[2]);` }, async (folder) => {
      const [cli = ""] = await build(["cli"], folder);
      expect(readFileSync(cli, "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
      expect(statSync(cli).mode & 0o111).toBe(0o111);
      expect((await run(cli, ["status"])).stdout).toBe("called with status\n");
    }));

  test("says which entry is missing, and which programs there are", async () => {
    await inProject({}, async (folder) => {
      await expect(build(["cli"], folder)).rejects.toThrow(
        "src/cli/main.ts is not there, so cli cannot be built.",
      );
      await expect(build(["clii"], folder)).rejects.toThrow(
        `There is no program "clii" to build; there are server, sqlite-writer, check-thread, cli`,
      );
    });
  });
});

test("the committed files of the GitHub Action are those that a build makes now", () =>
  inTree({ here: "" }, async (folder) => {
    await buildAction(folder);
    const built = readdirSync(folder).filter((file) => file !== "here");
    const committed = join(PROJECT, "deploy/github-action/dist");
    expect(readdirSync(committed)).toEqual(built);
    expect(built).toContain("post.mjs");
    for (const file of built) {
      const isAlike = readFileSync(join(folder, file)).equals(readFileSync(join(committed, file)));
      expect(isAlike, `${file} is another one: npm run build, and commit it`).toBe(true);
    }
  }));

/** A program of somebody else that has this package, after its types were compiled. */
function asConsumer(files: Record<string, string>, use: (folder: string) => Promise<void>): Promise<void> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
    types: ["node"],
    typeRoots: [join(PROJECT, "node_modules/@types")],
  };
  const own = {
    "package.json": `{ "type": "module" }`,
    "tsconfig.json": JSON.stringify({ compilerOptions }),
    "node_modules/here": "",
  };
  return inTree({ ...files, ...own }, async (folder) => {
    writeTypes();
    symlinkSync(PROJECT, join(folder, "node_modules/rollcall"));
    await run(process.execPath, [join(PROJECT, "node_modules/typescript/bin/tsc"), "-p", folder]);
    await use(folder);
  });
}

describe("the published client", () => {
  const CONSUMER = `
    import { createClient, run, type Run } from "rollcall/client";
    const job = async (each: Run): Promise<number> => each.step("fetch", () => 3);
    const made: number = await run("a", job, { url: undefined, key: process.env["KEY"], timeoutMs: 1 });
    const monitors: { slug: string }[] = (await createClient({ url: "", key: "" }).monitors.list()).items;
    // @ts-expect-error: a step has a name
    await run("a", (each) => each.step(() => made + monitors.length), { url: "", key: "" });`;

  test("has types that a strict program compiles against, and runs by its package's name", () =>
    asConsumer(
      {
        "job.ts": CONSUMER,
        "job.mjs": `
          import { run } from "rollcall/client";
          console.log(await run("a", () => "made", { url: "nonsense", key: "k" }));`,
      },
      async (folder) => {
        const { stdout, stderr } = await run(process.execPath, [join(folder, "job.mjs")]);
        expect(stdout).toBe("made\n");
        expect(stderr).toContain('rollcall: a: "nonsense" is not the address of a server');
      },
    ));
});

describe("the published guard", () => {
  const CONSUMER = `
    import { createGuard, type Admitted, type Guard } from "rollcall/guard";
    const guard: Guard = createGuard({ contracts: { cron: { preset: "vercel", secret: process.env["CRON_SECRET"] } } });
    interface Given { params: Promise<{ id: string }> }
    export const GET: (request: Request, given: Given) => Promise<Response> = guard.fetch(
      { monitor: "a" },
      async (request, admitted: Admitted, { params }: Given) => new Response(request.url + admitted.principal + (await params).id),
    );
    export const POST: (request: Request) => Promise<Response> = guard.probe.fetch;
    // @ts-expect-error: a handler answers
    guard.fetch({ monitor: "a" }, () => undefined);`;

  test("has types that a strict program compiles against, and runs by its package's name", () =>
    asConsumer(
      {
        "route.ts": CONSUMER,
        "route.mjs": `
          import { createGuard } from "rollcall/guard";
          const guard = createGuard({ contracts: { cron: { preset: "vercel", secret: "" } } });
          const answer = await guard.fetch({}, () => new Response("ran"))(new Request("https://app.example.com/"));
          const { version } = await (await guard.probe.fetch(new Request("https://app.example.com/"))).json();
          console.log(answer.status, await answer.text(), version);`,
      },
      async (folder) => {
        const { stdout, stderr } = await run(process.execPath, [join(folder, "route.mjs")]);
        expect(stdout).toBe(`503 {"error":"unavailable"} ${VERSION}\n`);
        expect(stderr).toContain("rollcall guard: The secret of the contract cron has length 0");
      },
    ));

  test("needs nothing that only Node has", () =>
    inTree(
      {
        "worker.mjs": `
          const { log } = console;
          // Node makes its own web standards of them, when they are first used.
          await fetch("data:,");
          for (const name of ["process", "setImmediate", "global"]) delete globalThis[name];
          const { createGuard } = await import(${JSON.stringify(join(PROJECT, "dist/guard.mjs"))});
          const guard = createGuard({ contracts: { cron: { preset: "vercel", secret: "a-secret-of-the-scheduler" } } });
          const headers = { authorization: "Bearer a-secret-of-the-scheduler" };
          const answer = await guard.fetch({}, () => new Response("ran"))(new Request("https://app.example.com/", { headers }));
          log(answer.status, await answer.text());`,
      },
      async (folder) => {
        const { stdout } = await run(process.execPath, [join(folder, "worker.mjs")]);
        expect(stdout).toBe("200 ran\n");
        // Node's own Request needs this one.
        expect(readFileSync(join(PROJECT, "dist/guard.mjs"), "utf8")).not.toMatch(/\bBuffer\b/);
      },
    ));
});

describe("what npm start runs", () => {
  const PROGRAM = `
    process.on("SIGTERM", () => { console.log("stopping"); process.exitCode = 4; clearInterval(timer); });
    const timer = setInterval(() => {}, 1000);
    console.log("ready", process.argv.slice(2).join(" "));`;

  test("is built and then run in the same process, so that a signal reaches it and its exit code is kept", () =>
    inProject(
      {
        "src/editions/main.ts": PROGRAM,
        "src/cli/main.ts": "",
        "src/stores/sqlite/writer-thread.ts": "",
        "src/checks/check-thread.ts": "",
        "src/editions/client.ts": "",
        "src/editions/guard.ts": "",
        "config/here": "",
      },
      async (folder) => {
        for (const file of ["build.mjs", "run.mjs"]) {
          copyFileSync(join(PROJECT, "config", file), join(folder, "config", file));
        }
        const child = spawn(process.execPath, ["config/run.mjs", "server", "serve", "--quiet"], {
          cwd: folder,
        });
        let output = "";
        child.stdout.on("data", (chunk) => {
          output += String(chunk);
          // Once: a second signal could reach it while it ends.
          if (output === "ready serve --quiet\n") child.kill("SIGTERM");
        });
        expect(await once(child, "close")).toEqual([4, null]);
        expect(output).toBe("ready serve --quiet\nstopping\n");
      },
    ));
});
