/** What runs where the step stands, at the top of the job: checks in the start. */
import * as core from "@actions/core";
import { concluding, readSettings, readWorkflow } from "./runner.ts";
import { checkInAs } from "./check-in-as.ts";

await concluding(async () => {
  // First of all, so that the end knows it whatever becomes of this check-in.
  core.saveState("startedAt", Date.now());
  const settings = readSettings();
  const { evidence, environment, ...run } = readWorkflow();
  // A run whose runner is lost never ends, so the way to its page goes out with its start.
  core.info(await checkInAs(settings, { ...run, kind: "start", body: { evidence, environment } }));
});
