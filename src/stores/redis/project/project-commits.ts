/** What a project is told about Rollcall itself, written in its home by one script. */
import { assert } from "../../../domain/assert.ts";
import type { ProjectChange } from "../../../domain/project.ts";
import type { ProjectStore } from "../../../ports/store.ts";
import { type Argument, listed } from "../connection/arguments.ts";
import { notificationTexts } from "../outbox/lanes.ts";
import argumentsLua from "../lua/arguments.lua";
import commitProjectLua from "../lua/commit-project.lua";
import incidentsLua from "../lua/incidents.lua";
import outboxLua from "../lua/outbox.lua";
import { ownersIn } from "../owners.ts";
import type { RedisParts } from "../parts.ts";
import { homeOf } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";
import { type KeptUnknown, markReported, unknownOf } from "../unknowns.ts";
import { incidentTexts, toText } from "../monitors/written-change.ts";

const COMMIT = scriptOf("commit-project", argumentsLua, incidentsLua, outboxLua, commitProjectLua);

export function projectCommitter(parts: RedisParts): ProjectStore["commitProject"] {
  const { connection, ordinal } = parts;
  const owners = ownersIn(parts);
  return async (change) => {
    const { project, state, baseVersion, dueAt, incidents, notifications } = change;
    const home = homeOf(project.name);
    await owners.claimForProject(home, change);
    const reported = await reportedBy(parts, change);
    const ofOthers = reported.filter(({ unknown }) => unknown.project !== project.name);
    const outcome = await connection.run(
      COMMIT,
      home,
      baseVersion,
      toText(project),
      toText(state),
      project.partitions ?? 1,
      dueAt,
      ...listed(incidents, incidentTexts),
      ...listed(notifications, (notification) => notificationTexts(notification, ordinal())),
      ...listed(
        reported.filter(({ unknown }) => unknown.project === project.name),
        ({ unknown, stamp }): Argument[] => [unknown.blindSpotId, unknown.monitorId, stamp],
      ),
    );
    if (outcome === "stale") return "stale";
    assert(outcome === "committed", String(outcome));
    for (const one of ofOthers) await markReported(parts, one);
    return "committed";
  };
}

/** Those that are there, as they now are: what is added to one afterwards has not been reported. */
async function reportedBy(parts: RedisParts, { reported }: ProjectChange): Promise<KeptUnknown[]> {
  const named = reported.flatMap(({ blindSpotId, monitorIds }) =>
    monitorIds.map((monitorId) => ({ blindSpotId, monitorId })),
  );
  const found = await Promise.all(named.map((one) => unknownOf(parts, one)));
  return found.filter((one) => one !== null);
}
