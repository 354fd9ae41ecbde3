/** The runner's side: what it tells the action of itself and of the job, and how the action's own end is told. */
import * as core from "@actions/core";
import type { CheckInCall } from "../../../src/client/check-in.ts";
import { parseDuration } from "../../../src/domain/duration.ts";

/** The inputs of the step. */
export interface Settings {
  url: string;
  monitor: string;
  project: string;
  /** Null: the job shows its identity token. */
  key: string | null;
  /** Whom the identity token is for. */
  audience: string;
  /** What one check-in may take in all: token, both tries. */
  timeoutMs: number;
}

type Workflow = Required<Pick<CheckInCall, "runId" | "trigger">> & {
  evidence: readonly Readonly<Record<string, string>>[];
  environment: Readonly<Record<string, string>>;
};

/** Throws with a sentence that names the input and what it should be. */
export function readSettings(): Settings {
  const key = core.getInput("key");
  if (key !== "") core.setSecret(key);
  const url = core.getInput("url").replace(/\/+$/, "");
  const monitor = core.getInput("monitor");
  if (url === "") throw new Error("`url` is empty: set it to where Rollcall answers.");
  if (monitor === "") throw new Error("`monitor` is empty: set it to the slug of this job's monitor.");
  const timeout = core.getInput("timeout") || "5";
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === null || timeoutMs === 0) {
    throw new Error(`\`timeout\` is ${JSON.stringify(timeout)}: set it to seconds, like 5, or to 500ms.`);
  }
  return {
    url,
    monitor,
    project: core.getInput("project") || "default",
    key: key === "" ? null : key,
    audience: core.getInput("audience") || url,
    timeoutMs,
  };
}

/**
 * The run as GitHub knows it. An identity token carries the same run id and attempt, and Rollcall reads them from it in
 * this very form, so that a run is the same one whichever proof it shows.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export function readWorkflow(): Workflow {
  const told = (name: string): string => process.env[name] ?? "";
  const runId = told("GITHUB_RUN_ID");
  const attempt = told("GITHUB_RUN_ATTEMPT") || "1";
  if (runId === "") throw new Error("GITHUB_RUN_ID is not set: this action runs in a job of GitHub Actions.");
  const url = `${told("GITHUB_SERVER_URL")}/${told("GITHUB_REPOSITORY")}/actions/runs/${runId}/attempts/${attempt}`;
  return {
    runId: `${runId}.${attempt}`,
    trigger: told("GITHUB_EVENT_NAME") === "schedule" ? "schedule" : "manual",
    evidence: [{ kind: "ci_run", name: `${told("GITHUB_WORKFLOW")} / ${told("GITHUB_JOB")}`, url }],
    environment: { host: told("RUNNER_NAME"), commit: told("GITHUB_SHA") },
  };
}

/**
 * Does the work and ends the program. What goes wrong is an annotation of the job and fails it only if `fail-job` asks
 * for that: a monitor that is away must not stop what it watches.
 */
export async function concluding(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const sentence = `Rollcall: ${error instanceof Error ? error.message : String(error)}`;
    if (/^true$/i.test(core.getInput("fail-job"))) core.setFailed(sentence);
    else core.warning(sentence, { title: "Check-in" });
  }
  // Not by itself: the toolkit may still be asking for a token that nobody awaits any more.
  process.stdout.write("", () => process.exit());
}
