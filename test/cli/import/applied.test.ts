/**
 * The whole way: jobs of a crontab, a cluster and GitHub imported into one file, applied, edited and applied again.
 * Each plan says exactly what changes, and nothing is deleted unless that is asked for.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { createClient } from "../../../src/client/client.ts";
import type { Client } from "../../../src/client/client.ts";
import { answering, startHttpReceiver } from "../../stubs/http-receiver.ts";
import { cliAndServer, run, startServer } from "../program.ts";
import type { Ended, Program, Running } from "../program.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF";

const CRONTAB = `# m h dom mon dow user  command
SHELL=/bin/sh
MAILTO=ops@example.org
CRON_TZ=Europe/Berlin
17 *  * * *  root  cd / && run-parts --report /etc/cron.hourly
30 2  * * 1-5  backup  /usr/local/bin/nightly-backup --all > /dev/null 2>&1
@reboot  root  /usr/local/bin/warm-up
`;
const MANIFEST = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: invoices
  namespace: billing
spec:
  schedule: "*/30 8-18 * * MON-FRI"
  timeZone: America/New_York
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      activeDeadlineSeconds: 1200
      template:
        spec:
          restartPolicy: Never
          containers:
            - { name: invoices, image: "registry.example.org/invoices:7", command: [/app/invoices] }
`;
const WORKFLOW = `name: Nightly links
on:
  workflow_dispatch:
  schedule:
    - cron: "43 3 * * *"
permissions: { contents: read }
jobs:
  links:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v5
      - run: ./check-links
`;

let program: Program;
let folder: string;
let out: string;
let server: Running;
let environment: Record<string, string>;
let client: Client;

beforeAll(async () => {
  program = cliAndServer();
});
afterAll(() => program.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-applied-"));
  out = join(folder, "rollcall.yaml");
  environment = {
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_DATA: join(folder, "data"),
    ROLLCALL_PORT: "0",
  };
  const started = await startServer(program, environment);
  server = started.server;
  environment["ROLLCALL_URL"] = started.url;
  client = createClient({ url: started.url, key: ADMIN_KEY });
});
afterEach(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...words: string[]): Promise<Ended> => run(program, words, environment);
const put = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
/** The heads of a plan, without the fields below them. */
const planned = ({ stdout }: Ended): string[] => stdout.split("\n").filter((line) => /^[-+~!] /.test(line));
const statuses = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await client.monitors.list()).items.map(({ slug, status }) => [slug, status]));

async function importAll(crontab: string): Promise<void> {
  expect((await cli("import", "crontab", put("jobs", crontab), "--out", out)).code).toBe(1);
  expect((await cli("import", "kubernetes", put("invoices.yaml", MANIFEST), "--out", out)).code).toBe(0);
  expect((await cli("import", "github", put("links.yml", WORKFLOW), "--out", out)).code).toBe(0);
}

test("imported, applied, edited, applied again", async () => {
  await importAll(CRONTAB);
  const first = await cli("apply", out, "--check");
  expect(first.code).toBe(1);
  expect(planned(first)).toEqual([
    "+ monitor invoices",
    "+ monitor links",
    "+ monitor nightly-backup",
    "+ monitor run-parts-cron-hourly",
  ]);
  expect((await cli("apply", out, "--yes")).code).toBe(0);
  expect(await cli("apply", out, "--check")).toMatchObject({ code: 0 });
  expect(await client.monitors.get("invoices")).toMatchObject({
    schedule: { cron: "*/30 8-18 * * MON-FRI", timezone: "America/New_York", scheduler: "kubernetes" },
    overlap: "skip",
    max_runtime: 1_200,
  });
  expect(await client.monitors.get("links")).toMatchObject({
    name: "Nightly links",
    schedule: { cron: "43 3 * * *", scheduler: "utc-platform" },
    grace: 7_200,
    max_runtime: 1_200,
  });
  expect(await client.monitors.get("nightly-backup")).toMatchObject({
    schedule: { cron: "30 2 * * 1-5", timezone: "Europe/Berlin", scheduler: "cron" },
  });

  // By hand a grace is added; from the crontab a job comes in; the workflow is taken out of the file.
  const edited = readFileSync(out, "utf8")
    .replace("  nightly-backup:\n", "  nightly-backup: # the important one\n    grace: 20m\n")
    .replace(/\n {2}# \S+links\.yml[\s\S]*$/, "\n");
  writeFileSync(out, edited);
  await cli("import", "crontab", put("jobs", `${CRONTAB}*/10 * * * * root /srv/sync.py\n`), "--out", out);
  expect(readFileSync(out, "utf8")).toContain("  nightly-backup: # the important one\n    grace: 20m\n");
  const second = await cli("apply", out, "--yes");
  expect(second.code).toBe(0);
  expect(planned(second)).toEqual([
    expect.stringMatching(/^! monitor links: .*paused/),
    "~ monitor nightly-backup",
    "+ monitor sync",
  ]);
  expect(second.stdout).toMatch(/~ monitor nightly-backup\n {4}grace: \S+ → "20m"\n\S/);
  expect(await statuses()).toMatchObject({ links: "paused", sync: "never_seen" });

  const third = await cli("apply", out, "--prune", "--yes");
  expect(planned(third)).toEqual(["- monitor links: deleted"]);
  expect(Object.keys(await statuses())).toEqual([
    "invoices",
    "nightly-backup",
    "run-parts-cron-hourly",
    "sync",
  ]);
});

test("two imports that are piped on leave each other's monitors alone", async () => {
  const piped = (...words: string[]): void => {
    const imported = spawnSync(process.execPath, [program.file, "import", ...words], {
      env: environment,
      encoding: "utf8",
    });
    const applied = spawnSync(process.execPath, [program.file, "apply", "-", "--yes"], {
      env: environment,
      input: imported.stdout,
      encoding: "utf8",
    });
    expect(applied).toMatchObject({ status: 0, stderr: "" });
  };
  piped("crontab", put("jobs", CRONTAB));
  piped("kubernetes", put("invoices.yaml", MANIFEST));
  expect(Object.keys(await statuses())).toEqual(["invoices", "nightly-backup", "run-parts-cron-hourly"]);
  expect(Object.values(await statuses())).not.toContain("paused");
});

test("a check of Healthchecks is told by its old UUID from then on", async () => {
  const uuid = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
  const checks = [{ name: "DB backups", slug: "db-backups", tags: "db", timeout: 3_600, grace: 900, uuid }];
  const healthchecks = await startHttpReceiver(answering({ status: 200, body: JSON.stringify({ checks }) }));
  const imported = await cli("import", "healthchecks", healthchecks.url, "--api-key", "key", "--out", out);
  await healthchecks.close();
  expect(imported.code).toBe(0);
  expect((await cli("apply", out, "--yes")).code).toBe(0);
  const { ping_url: pingUrl } = await client.monitors.get("db-backups");
  expect(pingUrl).toBe(`${environment["ROLLCALL_URL"]}/ping/${uuid}`);
  const answer = await fetch(pingUrl ?? "", { method: "POST" });
  expect(answer.status).toBe(200);
  expect(await statuses()).toEqual({ "db-backups": "up" });
});

test("another Rollcall is read as a Healthchecks, and its monitors keep their ping URLs", async () => {
  await client.monitors.put("nightly", {
    name: "Nightly",
    schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" },
  });
  await client.monitors.put("pulse", {
    schedule: { every: "5m" },
    signals: "finish",
    grace: "90s",
    tags: ["web"],
  });
  const { ping_url: pingUrl } = await client.monitors.get("pulse");
  const imported = await cli(
    "import",
    "healthchecks",
    environment["ROLLCALL_URL"] ?? "",
    "--api-key",
    ADMIN_KEY,
  );
  expect(imported.code).toBe(0);
  expect(parse(imported.stdout)).toMatchObject({
    monitors: {
      nightly: { name: "Nightly", schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" } },
      pulse: {
        schedule: { every: "5m" },
        signals: "finish",
        grace: "1m30s",
        tags: ["web"],
        ping_uuid: pingUrl?.split("/").at(-1),
      },
    },
  });
});
