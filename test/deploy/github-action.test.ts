/** The GitHub Action: its committed files, run as the runner runs them, check in at a real Rollcall and never harm the job. */
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ContractGiven } from "../../src/client/contracts.ts";
import {
  makeHome,
  PING_KEY,
  startChild,
  startServer,
  type Environment,
  type Home,
  type ServerProgram,
} from "../e2e/server-program.ts";
import { requirement } from "../requirements.ts";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { ACTION, startJob, startTokenSource, tokensAt, type ActionJob } from "./actions-runner.ts";
import { read } from "./reading.ts";

const RUN_URL = "https://github.com/octo-org/octo-repo/actions/runs/4711/attempts/1";

let home: Home;
let issuer: OidcIssuer;
let server: ServerProgram;
/** Of the token, as GitHub fills them in. */
const CLAIMS = {
  repository: "octo-org/octo-repo",
  repository_id: "74",
  repository_owner_id: "65",
  workflow_ref: "octo-org/octo-repo/.github/workflows/nightly.yml@refs/heads/main",
  ref: "refs/heads/main",
  event_name: "schedule",
  run_id: "4711",
  run_attempt: "1",
};

/** Where nobody listens. */
let nowhere = "";
let monitor = "";
let count = 0;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  home = makeHome();
  issuer = await startOidcIssuer();
  const github = "https://token.actions.githubusercontent.com";
  server = await startServer(home, { ROLLCALL_OIDC_ISSUERS: `${issuer.url},${github}` });
  const gone = await startHttpReceiver();
  await gone.close();
  nowhere = gone.url;
});
afterAll(async () => {
  await server.stop();
  await issuer.close();
  home.remove();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A monitor of its own for each test, and a job that checks in for it. */
async function aJob(given: Record<string, string> = {}, environment: Environment = {}): Promise<ActionJob> {
  monitor = `nightly-${++count}`;
  await server.client.monitors.put(monitor, { schedule: { every: "1h" } });
  const job = startJob({ url: server.url, monitor, key: PING_KEY, ...given }, environment);
  closing.push(() => job.remove());
  return job;
}

/** Something other than Rollcall. */
async function receiver(answer: Parameters<typeof startHttpReceiver>[0]): Promise<HttpReceiver> {
  const started = await startHttpReceiver(answer);
  closing.push(() => started.close());
  return started;
}

const runs = async () => (await server.client.monitors.runs(monitor)).items;
const QUIET = { code: 0, warnings: [], errors: [] };

describe("a job with a ping key", () => {
  test("checks in its start and its good end as one run, with its duration and the way to its page", async () => {
    const job = await aJob();
    expect(await job.top()).toMatchObject(QUIET);
    const [begun] = await runs();
    expect(begun).toMatchObject({ run_id: "4711.1", state: "started", trigger: "schedule" });
    expect(begun?.outcome?.evidence).toMatchObject([{ url: RUN_URL }]);

    const end = await job.end("success");
    expect(end).toMatchObject(QUIET);
    expect(end.summary).toMatch(
      new RegExp(`^Rollcall: ${monitor}: success of run 4711\\.1 \\(expected .*Z, on_time\\)`),
    );
    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ id: begun?.id, state: "reported", part: "window" });
    expect(run?.duration).toBeGreaterThan(0);
    expect(run?.outcome).toMatchObject({
      message: "success",
      evidence: [{ kind: "ci_run", name: "Nightly / backup", url: RUN_URL }],
      environment: { host: "GitHub Actions 7", commit: "ffac537e6cbbf934b08745a378932722df287a53" },
    });
  });

  test.each(["failure", "cancelled"] as const)("that ends in %s is a failed run", async (conclusion) => {
    const job = await aJob();
    await job.top();
    expect(await job.end(conclusion)).toMatchObject(QUIET);
    expect(await runs()).toMatchObject([{ state: "failed", outcome: { message: conclusion } }]);
  });

  test("ends well where the runner keeps no summaries", async () => {
    const job = await aJob({ "fail-job": "true" }, { GITHUB_STEP_SUMMARY: "" });
    await job.top();
    expect(await job.end("success")).toMatchObject(QUIET);
    expect(await runs()).toMatchObject([{ state: "reported" }]);
  });

  test("that somebody began by hand is a manual run, and a second attempt a run of its own", async () => {
    const job = await aJob({}, { GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_RUN_ATTEMPT: "2" });
    await job.top();
    expect(await runs()).toMatchObject([{ run_id: "4711.2", trigger: "manual", window: null }]);
  });

  test("whose start did not get through tells by its end how long it ran", async () => {
    const job = await aJob();
    expect((await job.top({ url: nowhere })).warnings).toHaveLength(1);
    expect(await runs()).toEqual([]);
    expect(await job.end("success")).toMatchObject(QUIET);
    const [run] = await runs();
    expect(run).toMatchObject({ run_id: "4711.1", state: "reported" });
    expect(run?.duration).toBeGreaterThan(0);
  });

  test("shows the key to nobody but the runner, which hides it from then on", async () => {
    const job = await aJob({ url: nowhere });
    const top = await job.top();
    expect(top.output).toContain(`::add-mask::${PING_KEY}\n`);
    expect(top.output.replace(`::add-mask::${PING_KEY}\n`, "")).not.toContain(PING_KEY.slice(-10));
  });
});

describe("a job that Rollcall does not hear", () => {
  test("goes on, and is told what to look at", async () => {
    const job = await aJob({ url: nowhere });
    const told = [
      `Rollcall: ${monitor}: Rollcall cannot be reached at ${nowhere} (connection refused). Check \`url\`, and that this runner may reach it.`,
    ];
    expect(await job.top()).toMatchObject({ code: 0, warnings: told, errors: [] });
    expect(await job.end("success")).toMatchObject({ code: 0, warnings: told, errors: [], summary: "" });
  });

  test("fails where it was asked to", async () => {
    const job = await aJob({ url: nowhere, "fail-job": "true" });
    expect(await job.top()).toMatchObject({
      code: 1,
      warnings: [],
      errors: [expect.stringContaining(nowhere)],
    });
    expect(await job.end("success")).toMatchObject({ code: 1 });
  });

  test("waits no longer than it may, for an answer or for a token", async () => {
    const silent = await receiver(() => undefined);
    const late = await (await aJob({ url: silent.url, timeout: "200ms" })).top();
    expect(late).toMatchObject({ code: 0, warnings: [expect.stringContaining("no answer within 0.2 s")] });
    const tokenless = await aJob({ key: "", timeout: "0.2" }, tokensAt(silent.url));
    expect((await tokenless.top()).warnings).toEqual([
      "Rollcall: GitHub gave no identity token within 0.2 s. Set `timeout` higher.",
    ]);
  });

  test("tries a second time where the first may have met a restart, as the same check-in", async () => {
    const restarting = await receiver(answering({ status: 503 }));
    const job = await aJob({ url: restarting.url });
    expect((await job.top()).warnings).toHaveLength(1);
    const keys = restarting.received.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test("follows no redirect, so that the key goes nowhere else", async () => {
    const elsewhere = await receiver(answering({ status: 200 }));
    const moved = await receiver(answering({ status: 308, headers: { location: `${elsewhere.url}/` } }));
    const { warnings } = await (await aJob({ url: moved.url })).top();
    expect(warnings).toEqual([
      expect.stringContaining(`redirects to ${elsewhere.url}/: use that address instead`),
    ]);
    expect([moved.received.length, elsewhere.received.length]).toEqual([1, 0]);
  });

  test("is told which setting is wrong", async () => {
    const wrongKey = await (await aJob({ key: `${PING_KEY}x` })).top();
    expect(wrongKey.warnings).toEqual([
      expect.stringMatching(/wrong_secret.*Check the secret that `key` is set to\.$/),
    ]);
    const noMonitor = await (await aJob({ monitor: "" })).top();
    expect(noMonitor.warnings).toEqual([expect.stringContaining("`monitor` is empty")]);
    const unknown = await (await aJob({ monitor: "nightli" })).top();
    expect(unknown.warnings).toEqual([expect.stringContaining("nightli")]);
    const timeout = await (await aJob({ timeout: "soon" })).top();
    expect(timeout.warnings).toEqual([expect.stringContaining('`timeout` is "soon"')]);
  });

  test("without a key and without the permission is told which line to add", async () => {
    const { code, warnings } = await (await aJob({ key: "" })).top();
    expect(code).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/Add the line `id-token: write` below `permissions:`/)]);
  });
});

describe("a job without a key", () => {
  /** Its monitor accepts this workflow's tokens and nothing else. */
  async function keyless(given: Record<string, string> = {}, claims = CLAIMS): Promise<ActionJob> {
    const tokens = await startTokenSource(issuer, claims);
    closing.push(() => tokens.close());
    const job = await aJob({ key: "", audience: "rollcall", ...given }, tokens.environment);
    // As GitHub Actions has it, of an issuer that can be reached here.
    await server.client.contracts.put("nightly", {
      preset: "github_enterprise",
      issuer: issuer.url,
      audience: "rollcall",
      require: { repository_id: ["74"], workflow_ref: [CLAIMS.workflow_ref] },
    });
    await server.client.monitors.patch(monitor, { accepts: ["nightly"] });
    return job;
  }

  test("checks in with its identity token, as the run that the token names", async () => {
    const job = await keyless();
    expect(await job.top()).toMatchObject(QUIET);
    const end = await job.end("success");
    expect(end).toMatchObject(QUIET);
    expect(end.summary).toMatch(/success of run 4711\.1 \([^)]*\)\n$/);
    expect(await runs()).toMatchObject([
      { run_id: "4711.1", state: "reported", trigger: "schedule", outcome: { message: "success" } },
    ]);
  });

  test("that a person began is a manual run, whatever its environment says", async () => {
    const job = await keyless({}, { ...CLAIMS, event_name: "workflow_dispatch" });
    await job.top();
    await job.end("failure");
    expect(await runs()).toMatchObject([{ run_id: "4711.1", state: "failed", trigger: "manual" }]);
  });

  test("of another workflow is refused, told why, and goes on", async () => {
    const job = await keyless(
      {},
      { ...CLAIMS, workflow_ref: "octo-org/octo-repo/.github/workflows/pr.yml@x" },
    );
    const { code, warnings } = await job.top();
    expect(code).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/claim_mismatch.*accepts a contract.*"rollcall"\.$/)]);
    expect(await runs()).toEqual([]);
  });

  test("shows a token that is made for Rollcall's address, another one for each check-in, and hides it", async () => {
    const rollcall = await receiver(answering({ status: 401 }));
    const job = await keyless({ audience: "", url: `${rollcall.url}/`, project: "team-a" });
    const { output } = await job.top();
    await job.end("success");
    const [first = "", second = ""] = rollcall.received.map(({ headers }) =>
      (headers["authorization"] ?? "").slice("Bearer ".length),
    );
    expect(first).not.toBe(second);
    expect(decodeJwt(first)).toMatchObject({ aud: rollcall.url, repository_id: "74" });
    expect(rollcall.received.map(({ path }) => path.split("?")[0])).toEqual([
      `/checkin/team-a/${monitor}/start`,
      `/checkin/team-a/${monitor}/success`,
    ]);
    expect(output.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain(first);
  });
});

interface GitlabJobs {
  backup: {
    id_tokens: { CHECK_IN_TOKEN: { aud: string } };
    variables: { CHECK_IN: string };
    before_script: string[];
    after_script: string[];
  };
}

/** A step, as workflows have it. */
interface Using {
  with?: Record<string, string>;
}

describe("what its README says", () => {
  const text = read("github-action/README.md");
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) => block);

  test("names every input and no other", () => {
    const named = [...text.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(ACTION.inputs));
    const [workflow = "", step = ""] = blocks;
    const inWorkflow = (parse(workflow) as { jobs: { backup: { steps: Using[] } } }).jobs.backup.steps;
    const given = [...inWorkflow, ...(parse(step) as Using[])].flatMap((each) =>
      Object.keys(each.with ?? {}),
    );
    expect(given.filter((name) => !named.includes(name))).toEqual([]);
    expect(given).toContain("key");
  });

  test("runs on the Node that runners have, and at the end of every job", () => {
    expect(ACTION.runs).toMatchObject({ using: "node24", "post-if": "always()" });
  });

  test("has a contract that Rollcall takes", async () => {
    const [, contract = ""] = /^```json\n(.*?)^```$/ms.exec(text) ?? [];
    const taken = await server.client.contracts.put(
      "as-in-the-readme",
      JSON.parse(contract) as ContractGiven,
    );
    expect(taken).toMatchObject({ scheme: "oidc", preset: "github_actions" });
  });

  // A runner of GitLab has a shell and curl.
  describe.skipIf(requirement("curl") === null)("of GitLab CI", () => {
    test.each([
      ["success", "schedule", { state: "reported", trigger: "schedule" }],
      ["canceled", "web", { state: "failed", trigger: "manual" }],
    ])("checks in a job that ends in %s and was begun by %s", async (status, source, expected) => {
      await aJob();
      await server.client.contracts.put("gitlab", {
        preset: "gitlab",
        issuer: issuer.url,
        audience: "https://rollcall.example.org",
        require: { project_id: ["22"] },
      });
      await server.client.monitors.patch(monitor, { accepts: ["gitlab"] });
      const { id_tokens, variables, before_script, after_script } = (parse(blocks.at(-1) ?? "") as GitlabJobs)
        .backup;
      const claims = {
        jti: `token-${monitor}`,
        project_id: "22",
        pipeline_id: "7",
        job_id: "815",
        pipeline_source: source,
      };
      const address = variables.CHECK_IN.replace("https://rollcall.example.org", server.url);
      for (const script of [before_script, after_script]) {
        const child = startChild(["bash", "-eo", "pipefail", "-c", script.join("\n")], {
          PATH: process.env["PATH"],
          CHECK_IN: address.replace("nightly-backup", monitor),
          CHECK_IN_TOKEN: await issuer.token(claims, { audience: id_tokens.CHECK_IN_TOKEN.aud }),
          CI_JOB_URL: "https://gitlab.com/octo/repo/-/jobs/815",
          ...(script === after_script ? { CI_JOB_STATUS: status } : {}),
        });
        expect(await child.ended).toMatchObject({ code: 0, stderr: "" });
      }
      const evidence = [{ url: "https://gitlab.com/octo/repo/-/jobs/815" }];
      expect(await runs()).toMatchObject([
        { ...expected, run_id: "7.815", outcome: { message: status, evidence } },
      ]);
    });
  });
});
