/** The engine as others are handed it: every verb, bound to the parts that an edition chose. */
import { LIMITS } from "../domain/limits.ts";
import type { Clock } from "../ports/outside.ts";
import type { Partition } from "../ports/store.ts";
import { accelerateMonitor, decelerateMonitor } from "./accelerate-monitor.ts";
import { acknowledgeIncident, commentIncident, resolveIncident } from "./act-on-incident.ts";
import { reportChannelTrouble } from "./announce-blind-spot.ts";
import { applyConfiguration } from "./apply-configuration.ts";
import { createProofs } from "./ask-for-proofs.ts";
import { boundaryStates } from "./boundary-states.ts";
import { createArrivals, type Arrivals } from "./arrivals.ts";
import { listBlindSpots } from "./blind-spots.ts";
import { deleteChannel, getChannel, listChannels, saveChannel } from "./channels.ts";
import { claimRejection } from "./claim-rejection.ts";
import { planOfConfiguration } from "./configuration.ts";
import { deleteContract, getContract, listContracts, saveContract } from "./contracts.ts";
import { listDeploys, noteDeploy } from "./deploys.ts";
import { createEngineClock } from "./engine-clock.ts";
import { explain } from "./explain.ts";
import { listGuardedRoutes } from "./guarded-routes.ts";
import { createHearing, type Hearing } from "./hearing.ts";
import { createHearsay } from "./hearsay.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createKey, installKey, listKeys, revokeKey, rotateKey } from "./keys.ts";
import { listCheckIns } from "./list-check-ins.ts";
import { getIncident, listIncidents } from "./list-incidents.ts";
import { listNotifications } from "./list-notifications.ts";
import { listRejections } from "./list-rejections.ts";
import { getRun, listRuns } from "./list-runs.ts";
import { listWindows } from "./list-windows.ts";
import type { LiveParts } from "./live-parts.ts";
import { noteBoundary } from "./note-boundary.ts";
import type { EngineParts } from "./parts.ts";
import { createPlan, deletePlan, listPlans } from "./plans.ts";
import { previewCheckIn } from "./preview-check-in.ts";
import { previewSchedule } from "./preview-schedule.ts";
import { getProject, patchProject } from "./project.ts";
import { createProject, listProjects } from "./projects.ts";
import { readiness } from "./readiness.ts";
import { recordCheckIn } from "./record-check-in.ts";
import { recordRejection } from "./record-rejection.ts";
import { report } from "./report.ts";
import { runTick, type TickResult } from "./run-tick.ts";
import { testChannel } from "./test-channel.ts";
import { testQuietChannels } from "./test-quiet-channels.ts";
import { tryChecks } from "./try-checks.ts";
import { createTurns } from "./turns.ts";
import { getVerification, listVerifications, verifyTarget } from "./verifications.ts";
import { deleteMonitor, pauseMonitor, resumeMonitor, saveMonitor } from "./save-monitor.ts";
import { listMonitors, viewMonitor, viewMonitorByPing } from "./view-monitor.ts";
import { delays, vitalSigns } from "./vital-signs.ts";
import { createZoneRecheck } from "./zone-data.ts";

const VERBS = {
  saveMonitor,
  deleteMonitor,
  pauseMonitor,
  resumeMonitor,
  accelerateMonitor,
  decelerateMonitor,
  acknowledgeIncident,
  resolveIncident,
  commentIncident,
  recordRejection,
  claimRejection,
  noteBoundary,
  listGuardedRoutes,
  noteDeploy,
  listDeploys,
  reportChannelTrouble,
  viewMonitor,
  viewMonitorByPing,
  listMonitors,
  listCheckIns,
  listWindows,
  listRuns,
  getRun,
  explain,
  listIncidents,
  getIncident,
  listRejections,
  listBlindSpots,
  listNotifications,
  previewSchedule,
  previewCheckIn,
  tryChecks,
  report,
  createKey,
  installKey,
  listKeys,
  rotateKey,
  revokeKey,
  createPlan,
  listPlans,
  deletePlan,
  getProject,
  patchProject,
  createProject,
  listProjects,
  saveChannel,
  getChannel,
  listChannels,
  deleteChannel,
  testChannel,
  saveContract,
  getContract,
  listContracts,
  deleteContract,
  boundaryStates,
  verifyTarget,
  getVerification,
  listVerifications,
  planOfConfiguration,
  recordCheckIn,
  applyConfiguration,
};

type Verb = (parts: never, input: never) => unknown;
type Bound<Verbs extends Record<string, Verb>> = {
  [Name in keyof Verbs]: (input: Parameters<Verbs[Name]>[1]) => ReturnType<Verbs[Name]>;
};

export interface Engine extends Bound<typeof VERBS> {
  readiness(): ReturnType<typeof readiness>;
  vitalSigns(): ReturnType<typeof vitalSigns>;
  delays(): ReturnType<typeof delays>;
  /** One pass at one instant: loops and tests call it alike. Of these partitions only; absent: of all. */
  tick(of?: { partitions?: readonly Partition[] }): Promise<TickResult>;
  /** Tries the channels that have delivered nothing for long; to be called now and then. */
  testQuietChannels(): Promise<void>;
  /** Resolves when no proof from outside is being asked for. */
  proofsSettled(): Promise<void>;
  /** Resolves when no heartbeat is on its way. */
  heartbeatSettled(): Promise<void>;
  arrivals: Arrivals;
  hearing: Hearing;
  /** Engine time. */
  clock: Clock;
}

/**
 * Joins the parts. The last sign of life is read first, so that a gap since then is known before anything is
 * judged, and engine time does not go back behind it.
 */
export async function createEngine(given: EngineParts): Promise<Engine> {
  const signAt = await given.store.lastSignOfLifeAt();
  const clock = createEngineClock(given.clock, signAt ?? 0);
  const parts = { ...given, clock };
  const { sharing } = given;
  const hearing = sharing?.isHearing === false ? createHearsay(parts) : createHearing(parts, { signAt });
  // Where nobody has heard yet, nothing can be missing.
  const othersUntilAt = (nowAt: number) => Math.min(nowAt - LIMITS.settleMs, hearing.lastSignAt() ?? 0);
  // What could not come in any more is not missing.
  const hereUntilAt = (nowAt: number) => hearing.endedAt() ?? nowAt;
  const live: LiveParts = {
    ...parts,
    proofs: createProofs(() => live),
    arrivals: createArrivals(clock, sharing === undefined ? hereUntilAt : othersUntilAt),
    hearing,
    turns: createTurns(),
    heartbeat: createHeartbeat(parts),
    leftOut: new Map(),
    zones: createZoneRecheck(parts),
  };
  return {
    ...bind(VERBS, live),
    // The second of two at once plans anew, and sees what the first has done.
    applyConfiguration: (input) =>
      live.turns.take(`configuration of ${input.project}`, () => applyConfiguration(live, input)),
    readiness: () => readiness(live),
    vitalSigns: () => vitalSigns(live),
    delays: () => delays(live),
    tick: (of) => runTick(live, of),
    testQuietChannels: () => testQuietChannels(live),
    proofsSettled: () => live.proofs.settled(),
    heartbeatSettled: () => live.heartbeat.settled(),
    arrivals: live.arrivals,
    hearing: live.hearing,
    clock,
  };
}

function bind<Verbs extends Record<string, Verb>>(verbs: Verbs, parts: LiveParts): Bound<Verbs> {
  const bound = Object.entries(verbs).map(([name, verb]) => [
    name,
    (input: never) => (verb as (parts: LiveParts, input: never) => unknown)(parts, input),
  ]);
  return Object.fromEntries(bound) as Bound<Verbs>;
}
