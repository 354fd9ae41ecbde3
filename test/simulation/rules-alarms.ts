/**
 * Rules of incidents: each has its bad results, each streak of bad results has its incident, in bounded time, closed by
 * the evidence, the person or the deletion that should close it.
 */
import type { Incident } from "../../src/domain/incident.ts";
import { note } from "./coverage.ts";
import type { Looks, LooksOfMonitor } from "./looks.ts";
import type { OracleIncident } from "./oracle-results.ts";
import { iso } from "./rules-ledger.ts";
import { deafMs } from "./rules-hearing.ts";
import type { Spec } from "./specs.ts";
import type { World } from "./world.ts";

/** A tick, a slow store and a few rounds against other writers. */
const DETECTED_WITHIN_MS = 45_000;

export function brokenAlarms(world: World, looks: Looks): string[] {
  return looks.monitors.flatMap((monitor) => [
    ...brokenIncidents(world, monitor),
    ...disturbedCitizen(world, monitor),
    ...silentDead(monitor),
  ]);
}

function brokenIncidents(world: World, { watched, incidents, truth }: LooksOfMonitor): string[] {
  const broken: string[] = [];
  const { slug } = watched.spec;
  for (let index = 0; index < Math.max(incidents.length, truth.incidents.length); index += 1) {
    const [is, shouldBe] = [incidents[index], truth.incidents[index]];
    if (is === undefined) broken.push(`${slug}: missed alarm, ${told(shouldBe)}`);
    else if (shouldBe === undefined) broken.push(`${slug}: false alarm, ${shown(is)}`);
    else broken.push(...different(world, watched.spec, { is, shouldBe }));
    // What follows would only say the same again.
    if (broken.length > 0) return broken;
  }
  return broken;
}

function different(
  world: World,
  { slug, every }: Spec,
  { is, shouldBe }: { is: Incident; shouldBe: OracleIncident },
): string[] {
  const { coverage } = world;
  note(coverage, "incident: opened");
  if (is.resolvedAt !== null) note(coverage, "incident: resolved");
  if (is.timeline.some((entry) => entry.what === "changed")) note(coverage, "incident: changed");
  if (shouldBe.kinds[0] === "overlap") note(coverage, "incident: overlap");
  if (shouldBe.badResults > 1) note(coverage, "incident: opened after several bad results");
  if (is.resolvedBy === "person") note(coverage, "incident: closed by a person");
  if (is.resolvedBy === "deletion") note(coverage, "incident: closed by deletion");
  // A refusal turns the phase to the boundary, and the next missing window may turn it back.
  const isRejected = (text: string): boolean => /rejected at the trust boundary/.test(text);
  const isTurned = is.timeline.some((entry) => isRejected(entry.text));
  const changes = is.timeline.filter((entry) => entry.what === "changed").length;
  const [one, other] = [shown(is), told(shouldBe)];
  const broken: string[] = [];
  if (one !== other) broken.push(`${slug}: ${one}, should be ${other}`);
  if (is.windowsLost !== shouldBe.windowsLost)
    broken.push(`${slug}: ${one} lost ${is.windowsLost} windows, should be ${shouldBe.windowsLost}`);
  const wanted = shouldBe.kinds.length - 1;
  if (is.timelineCut === 0 && (isTurned ? changes < wanted : changes !== wanted))
    broken.push(
      `${slug}: incident ${is.id} changed ${changes} times, should be ${shouldBe.kinds.join(", ")}`,
    );
  const isLate = is.detectedAt - is.openedAt > DETECTED_WITHIN_MS + deafMs(world, is.openedAt, is.detectedAt);
  // What was delivered late, or went wrong on a late-delivered run, is known when it is delivered.
  const isByTime = every === null && (shouldBe.kinds[0] === "missing" || shouldBe.kinds[0] === "incomplete");
  if (isLate && isByTime) broken.push(`${slug}: ${one} was found only at ${iso(is.detectedAt)}`);
  return broken;
}

function shown(incident: Incident): string {
  const isClosed = incident.resolvedAt !== null;
  return `incident of ${iso(incident.openedAt)} (now ${incident.kind}, ${isClosed ? "closed" : "open"})`;
}

function told(incident: OracleIncident | undefined): string {
  if (incident === undefined) return "nothing";
  const isClosed = incident.closedAt !== null;
  return `incident of ${iso(incident.openedAt)} (now ${incident.kinds.at(-1)}, ${isClosed ? "closed" : "open"})`;
}

/** A job that always does well is alarmed about only if one of its check-ins was turned away just before. */
function disturbedCitizen(world: World, { watched, incidents }: LooksOfMonitor): string[] {
  const { spec } = watched;
  // By a clock that is wrong even the best job comes late.
  if (spec.temperament !== "citizen" || !world.isClockTrue) return [];
  const refused = world.network.refusedCameAt.get(spec.slug) ?? [];
  const reachMs = 3 * spec.typicalGapMs + (spec.maxRuntimeMs ?? 0) + 4_000_000;
  return incidents
    .filter(({ detectedAt }) => detectedAt < world.endedAt - 50 * 60_000)
    .filter(({ openedAt }) => !refused.some((at) => at <= openedAt && at >= openedAt - reachMs))
    .map((incident) => `${spec.slug} does well and was heard: false alarm, ${shown(incident)}`);
}

/** A job that never says a word has at most one incident, and it stays open. */
function silentDead({ watched, incidents, rows }: LooksOfMonitor): string[] {
  const { spec } = watched;
  if (spec.temperament !== "dead") return [];
  const missing = rows.filter((row) => row.judgements[0]?.verdict === "missing").length;
  const isDue = missing >= spec.failureThreshold;
  if (incidents.length === (isDue ? 1 : 0) && incidents.every((one) => one.status === "open")) return [];
  return [`${spec.slug} is dead: ${incidents.length} incidents after ${missing} missing windows`];
}
