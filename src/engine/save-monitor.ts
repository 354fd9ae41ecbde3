/** A monitor is created, replaced, patched, paused, resumed or deleted. */
import type { MonitorEvent, MonitorState, Snapshot } from "../domain/change.ts";
import type { ProofSettings } from "../domain/checks/check.ts";
import { createMonitor } from "../domain/decide/configure.ts";
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { ownerOf, refuseForeignEdit } from "../domain/managed.ts";
import type { MonitorInput } from "../domain/monitor-input.ts";
import { readSettings, slugProblem } from "../domain/monitor-settings.ts";
import type { Monitor, MonitorSettings } from "../domain/monitor.ts";
import { unknownContractProblems } from "../domain/trust/accepted.ts";
import { judgeableNow } from "./arrivals.ts";
import { contractNames } from "./contracts.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import { findMonitor, unknownMonitor, type NamedMonitor } from "./find-monitor.ts";
import type { LiveParts } from "./live-parts.ts";
import { claimPing, refuseTakenPing, sealedPing } from "./ping-uuid.ts";

interface MonitorEdit extends NamedMonitor {
  input: MonitorInput;
  mode: "create" | "replace" | "patch";
  by: string;
  /** The UUID of its ping URL; absent: as it was, or a new one. */
  pingUuid?: string;
  /** The configuration that says so; absent: edited by hand, which is refused for what is written in one. */
  configuration?: string;
  /** When a check-in asks for it: the instant it was received, so that it belongs to the first window. */
  createdAt?: number;
}

export interface SavedMonitor {
  monitor: Monitor;
  state: MonitorState;
  isCreated: boolean;
  warnings: readonly string[];
}

/**
 * `create` needs a slug that is free, `patch` one that is taken, `replace` either. Eight creations at once make
 * one monitor. Throws `invalid_request` naming every field at fault, `not_found`, `conflict`, `unavailable`.
 */
export async function saveMonitor(parts: LiveParts, input: MonitorEdit): Promise<SavedMonitor> {
  const problem = slugProblem(input.slug);
  if (problem !== null) throw invalid([{ field: "slug", message: problem }]);
  await refuseUnknownNames(parts, input.project, input.input);
  const unfit = await expertProblems(parts, input.input);
  if (unfit.length > 0) throw invalid(unfit);
  const ref = await parts.store.findMonitor(input.project, input.slug);
  const monitorId = ref === null || ref.deletedAt !== null ? null : ref.id;
  if (monitorId === null && input.mode === "patch") throw unknownMonitor(input.slug);
  try {
    if (monitorId !== null) return await edit(parts, monitorId, input);
    return (await create(parts, input)) ?? (await editExisting(parts, input));
  } catch (thrown) {
    // Another monitor may have been given the same UUID at this very moment: then that is what was wrong.
    const { project, pingUuid: uuid } = input;
    if (uuid !== undefined) await refuseTakenPing(parts, { uuid, project, monitorId });
    throw thrown;
  }
}

function takenSlug(slug: string): RollcallError {
  return new RollcallError("conflict", `There is a monitor "${slug}" already: choose another slug.`);
}

/** Null: somebody else has just created it. */
async function create(parts: LiveParts, input: MonitorEdit): Promise<SavedMonitor | null> {
  const nowAt = input.createdAt ?? parts.clock.now();
  const { settings, warnings } = readSettings(input.slug, input.input, { before: null, nowAt });
  const project = await parts.store.loadProject(input.project);
  if (project === null) throw new RollcallError("not_found", `There is no project "${input.project}".`);
  const asked = { project: input.project, monitorId: null };
  const ping =
    input.pingUuid === undefined ? null : await claimPing(parts, { uuid: input.pingUuid, ...asked });
  const change = createMonitor(
    {
      id: `mon_${parts.ids.secret(12)}`,
      project: input.project,
      slug: input.slug,
      ...(ping ?? sealedPing(parts, parts.ids.uuid())),
      settings,
      by: input.by,
      ...(input.configuration === undefined ? {} : { configuration: input.configuration }),
    },
    {
      judgedAt: nowAt,
      blindSpots: [],
      plans: [],
      rejections: [],
      defaultChannels: project.project.defaultChannels,
    },
  );
  if ((await parts.store.createMonitor(change)) === "stale") return null;
  return { monitor: change.monitor, state: change.state, isCreated: true, warnings };
}

async function editExisting(parts: LiveParts, input: MonitorEdit): Promise<SavedMonitor> {
  const { monitor } = await findMonitor(parts, input);
  return edit(parts, monitor.id, input);
}

async function edit(parts: LiveParts, monitorId: string, input: MonitorEdit): Promise<SavedMonitor> {
  if (input.mode === "create") throw takenSlug(input.slug);
  const { project, pingUuid: uuid, configuration } = input;
  const ping = uuid === undefined ? null : await claimPing(parts, { uuid, project, monitorId });
  let read: { settings: MonitorSettings; warnings: string[] } | null = null;
  const { snapshot, decision } = await decideAndCommit(parts, {
    monitorId,
    wanted: {},
    judgedAt: () => judgeableNow(parts),
    eventOf: ({ monitor }) => {
      refuseForeignEdit({ ...monitor, what: "monitor", name: monitor.slug }, configuration ?? null);
      const before = input.mode === "patch" ? monitor.settings : null;
      read = readSettings(input.slug, input.input, { before, nowAt: parts.clock.now() });
      return {
        type: "configured",
        settings: read.settings,
        by: input.by,
        ...(ping === null ? {} : { ping }),
        ...(configuration === undefined ? {} : { configuration }),
      };
    },
  });
  const { monitor, state } = decision.change ?? snapshot;
  const warnings = (read as { warnings: string[] } | null)?.warnings ?? [];
  return { monitor, state, isCreated: false, warnings };
}

/** Leaves a tombstone; an open incident is closed and marked so. */
export async function deleteMonitor(
  parts: LiveParts,
  input: NamedMonitor & { by: string; configuration?: string },
): Promise<void> {
  await act(parts, input, ({ monitor }) => {
    refuseForeignEdit({ ...monitor, what: "monitor", name: monitor.slug }, input.configuration ?? null);
    return { type: "deleted", by: input.by };
  });
}

/** It is in its configuration no longer: paused and marked, until it returns there or is deleted. Twice is harmless. */
export async function retireMonitor(
  parts: LiveParts,
  input: NamedMonitor & { by: string; configuration: string },
): Promise<void> {
  const { by, configuration } = input;
  await act(parts, input, ({ monitor }) =>
    ownerOf(monitor.managedBy) === configuration ? { type: "gone", configuration, by } : null,
  );
}

/** Needs an end or a reason, so that a pause nobody remembers shows why it is there. */
export async function pauseMonitor(
  parts: LiveParts,
  input: NamedMonitor & { untilAt: number | null; reason: string | null; by: string },
): Promise<SavedMonitor> {
  const { untilAt, by } = input;
  const reason = input.reason?.trim() || null;
  if (untilAt === null && reason === null) {
    throw invalid([
      {
        field: "until",
        message: "pausing needs `until` (an instant) or `reason`, so that it is not forgotten",
      },
    ]);
  }
  if (untilAt !== null && untilAt <= parts.clock.now()) {
    throw invalid([{ field: "until", message: "must lie in the future" }]);
  }
  if (reason !== null && reason.length > LIMITS.reasonCharacters) {
    throw invalid([{ field: "reason", message: `must have at most ${LIMITS.reasonCharacters} characters` }]);
  }
  return act(parts, input, () => ({ type: "paused", untilAt, reason, by }));
}

/** Expects the first window from now on. Of a monitor that is not paused: nothing happens. */
export async function resumeMonitor(
  parts: LiveParts,
  input: NamedMonitor & { by: string },
): Promise<SavedMonitor> {
  return act(parts, input, () => ({ type: "resumed", by: input.by }));
}

async function act(
  parts: LiveParts,
  named: NamedMonitor,
  eventOf: (snapshot: Snapshot) => MonitorEvent | null,
): Promise<SavedMonitor> {
  const found = await findMonitor(parts, named);
  const { snapshot, decision } = await decideAndCommit(parts, {
    monitorId: found.monitor.id,
    wanted: {},
    judgedAt: () => judgeableNow(parts),
    eventOf,
  });
  const { monitor, state } = decision.change ?? snapshot;
  return { monitor, state, isCreated: false, warnings: [] };
}

/** Of what is sent; what was saved before has been looked at then. More checks than may be saved are not looked at. */
export async function expertProblems(
  { experts }: Pick<LiveParts, "experts">,
  { checks = [], outcomeSchema = null }: Partial<ProofSettings>,
): Promise<readonly FieldProblem[]> {
  return experts.problems({ checks: checks.slice(0, LIMITS.checksPerMonitor), outcomeSchema });
}

async function refuseUnknownNames(parts: LiveParts, project: string, input: MonitorInput): Promise<void> {
  const known = new Set((await parts.store.listChannels(project)).map((channel) => channel.name));
  const problems = [
    ...unknownChannelProblems(input, known),
    ...unknownContractProblems(input.accepts, await contractNames(parts, project)),
  ];
  if (problems.length > 0) throw invalid(problems);
}

export function unknownChannelProblems(input: MonitorInput, known: ReadonlySet<string>): FieldProblem[] {
  return (input.channels ?? []).flatMap(({ name }, index) => {
    if (known.has(name)) return [];
    const allowed =
      known.size === 0 ? "none is set up yet" : `there are: ${[...known].slice(0, 20).join(", ")}`;
    return [{ field: `channels[${index}].name`, message: `no channel is named "${name}" (${allowed})` }];
  });
}
