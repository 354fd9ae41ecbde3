/**
 * A client of Healthchecks as people run it: Debian's borgmatic makes a backup of a small folder and one that fails,
 * and pings Rollcall, of which it knows nothing, with its Healthchecks hook.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MonitorAnswer, RunAnswer } from "../../src/client/answers.ts";
import { requirement } from "../requirements.ts";
import { makeHome, PING_KEY, startChild, startServer, type Ended, type Home } from "./server-program.ts";
import type { ServerProgram } from "./server-program.ts";

const borgmatic = requirement("borgmatic");

// borgmatic is not part of Node: where it is missing, that is told loudly; in CI it has to be there.
describe.skipIf(borgmatic === null)("borgmatic", () => {
  let home: Home;
  let server: ServerProgram;

  beforeAll(async () => {
    home = makeHome();
    mkdirSync(join(home.folder, "documents"));
    writeFileSync(join(home.folder, "documents", "letter.txt"), "Dear all\n");
    server = await startServer(home);
    await run("rcreate", { pingUrl: `${server.url}/unused`, args: ["--encryption", "none"] });
  }, 60_000);
  afterAll(async () => {
    await server.kill();
    home.remove();
  });

  /** Runs it with a configuration of its own. `fails`: the hook before the backup does. */
  function run(
    action: string,
    { pingUrl, fails = false, args = [] }: { pingUrl: string; fails?: boolean; args?: string[] },
  ): Promise<Ended> {
    const file = join(home.folder, `${action}.yaml`);
    writeFileSync(
      file,
      [
        "location:",
        `    source_directories: [${join(home.folder, "documents")}]`,
        `    repositories: [${join(home.folder, "repository")}]`,
        "storage:",
        "    unknown_unencrypted_repo_access_is_ok: true",
        "    relocated_repo_access_is_ok: true",
        "hooks:",
        `    before_backup: [${fails ? "'echo the disk is not mounted && false'" : ""}]`,
        "    healthchecks:",
        `        ping_url: ${pingUrl}`,
      ].join("\n"),
    );
    const log = ["--log-file", join(home.folder, "borgmatic.log"), "--monitoring-verbosity", "1"];
    const environment = {
      PATH: process.env["PATH"],
      HOME: home.folder,
      LANG: "C.UTF-8",
      BORG_BASE_DIR: join(home.folder, "borg"),
    };
    return startChild([borgmatic?.path ?? "", "-c", file, ...log, action, ...args], environment).ended;
  }

  async function pingUrlOf(slug: string): Promise<string> {
    const { ping_url: url } = await server.client.monitors.put(slug, { schedule: { every: "1d" } });
    return url ?? "";
  }

  /** The latest run with its story. */
  async function latestRun(slug: string): Promise<{ monitor: MonitorAnswer; run: RunAnswer }> {
    const { items } = await server.client.monitors.runs(slug);
    expect(items).toHaveLength(1);
    const run = await server.client.runs.get(items[0]?.id ?? "");
    return { monitor: await server.client.monitors.get(slug), run };
  }

  test("a backup is a run with a start, a finish and its log", async () => {
    const ended = await run("create", { pingUrl: await pingUrlOf("by-uuid"), args: ["--stats"] });
    expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining("Healthchecks error")]);
    const { monitor, run: heard } = await latestRun("by-uuid");
    expect(heard).toMatchObject({ state: "reported", duration: expect.any(Number) });
    expect(heard.story.map(({ kind }) => kind)).toEqual(["start", "success"]);
    expect(heard.story[1]?.message).toContain("Creating archive");
    expect(heard.story[1]?.caller).toMatchObject({ method: "POST", address_prefix: "127.0.0.0/24" });
    expect(monitor).toMatchObject({ status: "up", incident: null });
  }, 60_000);

  test("a backup that fails is an incident with what it said", async () => {
    const ended = await run("create", { pingUrl: await pingUrlOf("failing"), fails: true });
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).not.toContain("Healthchecks error");
    const { monitor, run: heard } = await latestRun("failing");
    expect(heard.story.map(({ kind }) => kind)).toEqual(["start", "fail"]);
    expect(heard.outcome?.message).toContain("the disk is not mounted");
    expect(monitor).toMatchObject({ status: "down", incident: { kind: "failed" } });
  }, 60_000);

  test("the address may be a ping key with a slug", async () => {
    await pingUrlOf("by-slug");
    const ended = await run("create", { pingUrl: `${server.url}/ping/${PING_KEY}/by-slug` });
    expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining("Healthchecks error")]);
    expect((await latestRun("by-slug")).run.state).toBe("reported");
  }, 60_000);

  test("an address that is wrong is told by borgmatic itself", async () => {
    const pingUrl = `${server.url}/ping/00000000-0000-4000-8000-000000000000`;
    const ended = await run("create", { pingUrl });
    expect(ended.stderr + ended.stdout).toContain("404 Client Error");
  }, 60_000);
});
