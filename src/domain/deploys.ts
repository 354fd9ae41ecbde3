/** Markers of deploys: what was told of them, the latest ones kept. They explain why something broke just then. */
import { LIMITS } from "./limits.ts";
import type { ProjectChange, ProjectSnapshot } from "./project.ts";
import { emptyChange } from "./decide-project.ts";
import type { Deploy } from "./trust/guarded-route.ts";

/** Null: it is known already. The same commit told again within a minute is the same deploy, told twice. */
export function addDeploy(snapshot: ProjectSnapshot, deploy: Deploy): ProjectChange | null {
  const known = snapshot.state.deploys ?? [];
  const isKnown = known.some(
    ({ commit, at }) => commit === deploy.commit && Math.abs(at - deploy.at) <= LIMITS.sameWithinMs,
  );
  if (isKnown) return null;
  const deploys = [...known, deploy].sort((one, two) => one.at - two.at).slice(-LIMITS.deploysKept);
  return { ...emptyChange(snapshot), state: { ...snapshot.state, deploys } };
}
