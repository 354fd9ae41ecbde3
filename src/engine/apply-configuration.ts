/**
 * Carries a configuration's plan out, step by step. Each step is whole or not at all and harmless twice, so that an
 * application that stops in the middle is finished by applying again.
 */
import { isMostlyGone, type Step } from "../domain/configuration-plan.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { deleteChannel, retireChannel, saveChannel } from "./channels.ts";
import { planOfConfiguration, type ConfigurationInput, type PlannedConfiguration } from "./configuration.ts";
import { saveContract } from "./contracts.ts";
import type { LiveParts } from "./live-parts.ts";
import { patchProject } from "./project.ts";
import { deleteMonitor, retireMonitor, saveMonitor } from "./save-monitor.ts";

export interface ApplyingInput extends ConfigurationInput {
  by: string;
  /** The fingerprint of the plan that somebody has agreed to; null: the plan of now, unless it is a strange one. */
  expected: string | null;
}

/**
 * What was done. Throws what planning throws; `conflict`, with nothing done, when the plan is not the expected one any
 * more, or nobody has seen one by which most monitors leave; `unavailable` when a step fails, naming what was done and what was not.
 */
export async function applyConfiguration(
  parts: LiveParts,
  input: ApplyingInput,
): Promise<PlannedConfiguration> {
  const planned = await planOfConfiguration(parts, input);
  if (input.expected !== null && input.expected !== planned.fingerprint) {
    throw new RollcallError(
      "conflict",
      "Something has changed since this plan was made, so nothing was done: look at the new plan, and apply that.",
    );
  }
  if (input.expected === null && isMostlyGone(planned)) {
    const { before, leaving } = planned.monitors;
    throw new RollcallError(
      "conflict",
      `${leaving} of the ${before} monitors of ${planned.configuration} are not in it any more, so it may be cut off, and nothing was done: look at the plan, and apply that.`,
    );
  }
  let done = 0;
  for (const slice of slices(planned.steps)) {
    const outcomes = await Promise.allSettled(slice.map((step) => carryOut(parts, input, step)));
    const failed = outcomes.findIndex(({ status }) => status === "rejected");
    if (failed >= 0) {
      const left = [
        ...slice.filter((_step, index) => outcomes[index]?.status === "rejected"),
        ...planned.steps.slice(done + slice.length),
      ];
      throw unfinished(parts, {
        steps: planned.steps,
        left,
        cause: (outcomes[failed] as PromiseRejectedResult).reason,
      });
    }
    done += slice.length;
  }
  return planned;
}

/** Monitors are independent of each other; anything else goes one after another. */
function slices(steps: readonly Step[]): Step[][] {
  const made: Step[][] = [];
  for (const step of steps) {
    const last = made.at(-1);
    const [first] = last ?? [];
    const isJoined =
      last !== undefined &&
      last.length < LIMITS.monitorsPerSlice &&
      step.what === "monitor" &&
      first?.what === "monitor" &&
      (step.act === "remove") === (first.act === "remove");
    if (isJoined) last.push(step);
    else made.push([step]);
  }
  return made;
}

async function carryOut(parts: LiveParts, input: ApplyingInput, step: Step): Promise<void> {
  const { project, configuration, configured, by } = input;
  const { name, act } = step;
  if (step.what === "project") {
    if (configured.project !== null) await patchProject(parts, { project, patch: configured.project });
    return;
  }
  if (step.what === "contract") {
    const contract = configured.contracts.get(name);
    if (contract !== undefined) await saveContract(parts, { project, name, ...contract });
    return;
  }
  if (step.what === "channel") {
    const channel = configured.channels.get(name);
    if (act === "remove") await deleteChannel(parts, { project, name, configuration });
    else if (act === "leave") await retireChannel(parts, { project, name, configuration });
    else if (channel !== undefined) await saveChannel(parts, { project, name, configuration, ...channel });
    return;
  }
  const monitor = configured.monitors.get(name);
  const named = { project, slug: name, configuration, by };
  if (act === "remove") await deleteMonitor(parts, named);
  else if (act === "leave") await retireMonitor(parts, named);
  else if (monitor !== undefined) await saveMonitor(parts, { ...named, ...monitor, mode: "replace" });
}

function unfinished(
  { log }: LiveParts,
  stopped: { steps: readonly Step[]; left: readonly Step[]; cause: unknown },
): RollcallError {
  const { steps, left, cause } = stopped;
  const isTellable = cause instanceof RollcallError && cause.code !== "internal";
  if (!isTellable) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    log.error("a configuration could not be applied", { error });
  }
  const why = isTellable ? cause.message : "The log of the server tells why.";
  const done = steps.filter((step) => !left.includes(step)).map(placeOf);
  const doneInWords = done.length === 0 ? "Nothing was done" : `Done: ${done.join(", ")}`;
  return new RollcallError(
    "unavailable",
    `The application stopped after ${done.length} of ${steps.length} changes. ${why} ${doneInWords}; the others were not. Apply again to finish.`,
    { problems: left.map((step) => ({ field: placeOf(step), message: "was not done" })), cause },
  );
}

function placeOf({ what, name }: Step): string {
  return what === "project" ? what : `${what}s.${name}`;
}
