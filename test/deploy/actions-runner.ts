/**
 * What GitHub's runner does with a JavaScript action, as far as an action can tell: inputs evaluated anew for each step,
 * files for state and summary, commands on standard output, and identity tokens where the job may have them.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWTPayload } from "jose";
import { parse } from "yaml";
import { startChild, type Environment } from "../e2e/server-program.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { OidcIssuer } from "../stubs/oidc-issuer.ts";
import { DEPLOY, read } from "./reading.ts";

interface Metadata {
  inputs: Record<string, { required?: boolean; default?: string }>;
  runs: { using: string; main: string; post: string; "post-if": string };
}

export const ACTION = parse(read("github-action/action.yml")) as Metadata;

export interface Step {
  code: number | null;
  /** All that it printed. */
  output: string;
  /** The text of its annotations, by their kind. */
  warnings: readonly string[];
  errors: readonly string[];
  summary: string;
}

export interface ActionJob {
  /** The step itself, at the top of the job; `instead`: inputs that are others for it alone. */
  top(instead?: Record<string, string>): Promise<Step>;
  /** What the action has registered for the end of the job, which ends so. */
  end(status: string): Promise<Step>;
  remove(): void;
}

/** A job of run 4711. `given`: what stands below `with:`; `environment`: what differs in the job's environment. */
export function startJob(given: Record<string, string>, environment: Environment = {}): ActionJob {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-action-"));
  let state: Record<string, string> = {};
  const run = async (program: string, inputs: Environment): Promise<Step> => {
    const files = { state: join(folder, "state"), summary: join(folder, "summary") };
    for (const file of Object.values(files)) writeFileSync(file, "");
    const { code, stdout, stderr } = await startChild(
      [process.execPath, join(DEPLOY, "github-action", program)],
      {
        ...OF_THE_JOB,
        ...inputs,
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
        GITHUB_STATE: files.state,
        GITHUB_STEP_SUMMARY: files.summary,
        ...environment,
      },
    ).ended;
    state = { ...state, ...statesIn(readFileSync(files.state, "utf8")) };
    const output = stdout + stderr;
    return {
      code,
      output,
      warnings: annotationsIn(output, "warning"),
      errors: annotationsIn(output, "error"),
      summary: readFileSync(files.summary, "utf8"),
    };
  };
  return {
    top: (instead = {}) => run(ACTION.runs.main, inputsOf({ ...given, ...instead }, "success")),
    end: (status) => run(ACTION.runs.post, inputsOf(given, status)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the runner hands to a job that may have identity tokens. */
export function tokensAt(url: string): Environment {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-runner",
  };
}

/** GitHub's side of it: a new token for whatever audience is asked for. */
export async function startTokenSource(issuer: OidcIssuer, claims: JWTPayload) {
  const source = await startHttpReceiver((received, response) => {
    const isAllowed = received.headers["authorization"]?.toLowerCase() === "bearer of-the-runner";
    const audience = new URL(received.path, "http://runner").searchParams.get("audience") ?? "";
    void issuer
      .token({ ...claims, jti: randomUUID() }, { audience })
      .then((value) =>
        answering(isAllowed ? { status: 200, body: JSON.stringify({ value }) } : { status: 403 })(
          received,
          response,
        ),
      );
  });
  return { environment: tokensAt(source.url), close: () => source.close() };
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const OF_THE_JOB: Environment = {
  PATH: process.env["PATH"],
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "octo-org/octo-repo",
  GITHUB_RUN_ID: "4711",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_EVENT_NAME: "schedule",
  GITHUB_WORKFLOW: "Nightly",
  GITHUB_JOB: "backup",
  GITHUB_SHA: "ffac537e6cbbf934b08745a378932722df287a53",
  RUNNER_NAME: "GitHub Actions 7",
};

/** Defaults are evaluated before each of the two steps, so the second sees how the job stands then. */
function inputsOf(given: Record<string, string>, status: string): Environment {
  const names = Object.keys(ACTION.inputs);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`The action has no input ${unknown.join(", ")}.`);
  return Object.fromEntries(
    names.map((name) => {
      const value = given[name] ?? ACTION.inputs[name]?.default ?? "";
      return [`INPUT_${name.toUpperCase()}`, value.replace("${{ job.status }}", status)];
    }),
  );
}

function statesIn(text: string): Record<string, string> {
  const found = text.matchAll(/^(\w+)<<(\S+)\n(.*?)\n\2$/gms);
  return Object.fromEntries([...found].map(([, name = "", , value = ""]) => [name, value]));
}

function annotationsIn(output: string, kind: "warning" | "error"): string[] {
  const found = output.matchAll(new RegExp(`^::${kind}(?: [^\\n]*?)?::(.*)$`, "gm"));
  return [...found].map(([, text = ""]) =>
    text.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%25", "%"),
  );
}
