/** What runs after the job's last step, whatever became of the others: checks in how the job ended. */
import * as core from "@actions/core";
import { checkInAs } from "./check-in-as.ts";
import { concluding, readSettings, readWorkflow } from "./runner.ts";

await concluding(async () => {
  const settings = readSettings();
  const { evidence, environment, ...run } = readWorkflow();
  const conclusion = core.getInput("job-status");
  // A start that did not get through is made up for by the duration.
  const startedAt = Number(core.getState("startedAt"));
  const receipt = await checkInAs(settings, {
    ...run,
    // A job that was cancelled has not done its work; neither has one whose runner does not say how it ended.
    kind: conclusion === "success" ? "success" : "fail",
    durationMs: startedAt > 0 ? Date.now() - startedAt : null,
    body: { message: conclusion || "the runner did not say how the job ended", evidence, environment },
  });
  core.info(receipt);
  await summarize(`Rollcall: ${receipt}`);
});

/** The check-in is made: a runner that keeps no summaries, as others than GitHub's do, fails nothing of it. */
async function summarize(line: string): Promise<void> {
  try {
    await core.summary.addRaw(line).addEOL().write();
  } catch (error) {
    core.debug(`There is no summary of the job to write to (${String(error)}).`);
  }
}
