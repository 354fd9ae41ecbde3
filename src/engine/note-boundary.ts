/**
 * What guards on users' own routes tell: refused calls become rejections, near which a missing run died at the boundary,
 * and every call and sign of life is kept with its route.
 */
import { oneLine } from "../domain/clean-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { redact, redactSentence } from "../domain/redact.ts";
import type { BoundaryReceipt, GuardedRoute, GuardSign } from "../domain/trust/guarded-route.ts";
import type { GuardNote } from "../ports/boundary-store.ts";
import type { RejectionSighting } from "../ports/records.ts";
import type { LiveParts } from "./live-parts.ts";
import { learnOfCall, learnOfRejections } from "./record-rejection.ts";
import { completeAwaited } from "./verifications.ts";

/** Characters of a text that are looked over for secrets: far more than are kept. */
const LOOKED_AT = 4_000;

export interface BoundaryBatch {
  project: string;
  /** Slugs that its key is limited to; null: all. */
  speaksFor: readonly string[] | null;
  receivedAt: number;
  sign: GuardSign | null;
  receipts: readonly BoundaryReceipt[];
}

/**
 * A batch that is told again changes nothing: a call is known by its route, its instant and what came of it. Only what
 * a route no longer keeps (`LIMITS.guardCallsKept`) would be counted twice. Calls are noted last and batches taken one
 * after the other, so that what fails in between is told again rather than lost.
 */
export function noteBoundary(parts: LiveParts, batch: BoundaryBatch): Promise<Noted> {
  return parts.turns.take(`boundary of ${batch.project}`, () => note(parts, batch));
}

interface Noted {
  /** Receipts that count, those told before among them. */
  taken: number;
  /** Routes that are known as those of monitors for which the key does not speak: nothing of them was taken. */
  foreign: readonly string[];
}

async function note(parts: LiveParts, batch: BoundaryBatch): Promise<Noted> {
  const { project, receivedAt, sign } = batch;
  const routes = await parts.store.listGuardedRoutes(project);
  const isForeign = foreignTo(batch.speaksFor, routes);
  const told = batch.receipts.map((receipt) => cleaned(receipt, receivedAt));
  const taken = told.filter(({ route }) => !isForeign(route));
  const known = knownCalls(routes);
  const receipts = taken.filter((receipt) => !known.has(callKeyOf(receipt)));
  const refused = receipts.filter(({ isOk, isProbe }) => !isOk && !isProbe);
  const sightings = await sightingsOf(parts, { project, refused });
  // Side by side: a store may make them durable together.
  await Promise.all(sightings.map((sighting) => parts.store.addRejection(sighting)));
  for (const [monitorId, { at, reason }] of latestByMonitor(sightings)) {
    await learnOfRejections(parts, { monitorId, latest: { at, reason } });
  }
  const notes = notesOf({ receivedAt, sign, receipts });
  await parts.store.noteGuards(
    project,
    notes.filter(({ route }) => !isForeign(route)),
  );
  for (const monitorId of await calledOf(parts, { project, receipts })) await learnOfCall(parts, monitorId);
  const isLetIn = receipts.some((each) => each.isProbe && each.isOk && each.principal === "scheduler");
  if (isLetIn) await completeAwaited(parts, project);
  const named = [...told, ...notes].map(({ route }) => route).filter(isForeign);
  return { taken: taken.length, foreign: [...new Set(named)] };
}

/** Whoever speaks for some monitors must not take the routes of others for them. */
function foreignTo(
  speaksFor: readonly string[] | null,
  routes: readonly GuardedRoute[],
): (route: string) => boolean {
  const foreign = new Set(
    routes.flatMap(({ route, monitor }) =>
      speaksFor === null || monitor === null || speaksFor.includes(monitor) ? [] : route,
    ),
  );
  return (route) => foreign.has(route);
}

interface DatedReceipt extends BoundaryReceipt {
  /** By it the call is known when it is told again, whenever that arrives. */
  saidAt: number;
}

/** Clocks differ: what claims to be of the future or long ago is dated by its arrival. Texts may hold anything. */
function cleaned(receipt: BoundaryReceipt, receivedAt: number): DatedReceipt {
  const { at, expected, seen, contract } = receipt;
  return {
    ...receipt,
    route: routeText(receipt.route),
    at: datedAt(at, receivedAt),
    saidAt: at,
    expected: words(expected),
    seen: words(seen),
    contract: contract === null ? null : words(contract),
    headerNames: receipt.headerNames.map((name) =>
      oneLine(redact(name.slice(0, LOOKED_AT)), LIMITS.stepNameShownCharacters),
    ),
  };
}

function datedAt(at: number, receivedAt: number): number {
  return at > receivedAt || at < receivedAt - LIMITS.receiptBackMs ? receivedAt : at;
}

/** Its pattern: what stands in a query may be a secret. */
function routeText(route: string): string {
  const [pattern = ""] = route.slice(0, LOOKED_AT).split(/[?#]/, 1);
  return oneLine(redact(pattern), LIMITS.routeCharacters);
}

function words(text: string): string {
  return oneLine(redactSentence(text.slice(0, LOOKED_AT)), LIMITS.boundaryWordsCharacters);
}

interface Told {
  route: string;
  at: number;
  saidAt?: number;
  isOk: boolean;
  reason: string | null;
}

function callKeyOf({ route, at, saidAt = at, isOk, reason }: Told): string {
  return `${saidAt} ${isOk ? "let in" : reason} ${route}`;
}

function knownCalls(routes: readonly GuardedRoute[]): ReadonlySet<string> {
  return new Set(routes.flatMap(({ route, calls }) => calls.map((call) => callKeyOf({ route, ...call }))));
}

/** A call belongs to the living monitor that its route names; one that names none, or an unknown one, to the inbox. */
async function sightingsOf(
  { store }: LiveParts,
  { project, refused }: { project: string; refused: readonly BoundaryReceipt[] },
): Promise<RejectionSighting[]> {
  const slugs = new Set(refused.flatMap(({ monitor }) => monitor ?? []));
  const ids = new Map<string, string>();
  for (const slug of slugs) {
    const ref = await store.findMonitor(project, slug);
    if (ref !== null && ref.deletedAt === null) ids.set(slug, ref.id);
  }
  return refused.flatMap(({ reason, monitor, route, addressPrefix, headerNames, expected, seen, at }) =>
    reason === null
      ? []
      : {
          project,
          monitorId: ids.get(monitor ?? "") ?? null,
          slug: monitor,
          reason,
          addressPrefix,
          headerNames,
          expected,
          seen,
          at,
          route,
        },
  );
}

/** Whose scheduler was let in. */
async function calledOf(
  { store }: LiveParts,
  { project, receipts }: { project: string; receipts: readonly BoundaryReceipt[] },
): Promise<readonly string[]> {
  const letIn = receipts.filter(({ isOk, isProbe, principal }) => isOk && !isProbe && principal !== "manual");
  const slugs = new Set(letIn.flatMap(({ monitor }) => monitor ?? []));
  const refs = await Promise.all([...slugs].map((slug) => store.findMonitor(project, slug)));
  return refs.flatMap((ref) => (ref === null || ref.deletedAt !== null ? [] : ref.id));
}

function latestByMonitor(sightings: readonly RejectionSighting[]): Map<string, RejectionSighting> {
  const latest = new Map<string, RejectionSighting>();
  for (const sighting of sightings) {
    const { monitorId } = sighting;
    if (monitorId === null || (latest.get(monitorId)?.at ?? 0) > sighting.at) continue;
    latest.set(monitorId, sighting);
  }
  return latest;
}

/** One for each route that the batch speaks of. */
function notesOf({
  receivedAt,
  sign,
  receipts,
}: Pick<BoundaryBatch, "receivedAt" | "sign"> & { receipts: readonly DatedReceipt[] }): GuardNote[] {
  const notes = new Map<string, GuardNote>();
  const listening = sign === null ? null : listeningOf(sign, receivedAt);
  for (const { route, monitor, configHash, isProbe = false } of sign?.routes ?? []) {
    const name = routeText(route);
    notes.set(name, { route: name, monitor, isProbe, configHash, at: receivedAt, calls: [], listening });
  }
  for (const receipt of receipts.toSorted((one, two) => one.at - two.at)) {
    const { route, monitor, isProbe, configHash, at, saidAt, isOk, reason, principal, contract } = receipt;
    const call = { at, isOk, reason, principal, contract, ...(saidAt !== at && { saidAt }) };
    const before = notes.get(route);
    notes.set(route, {
      route,
      monitor: monitor ?? before?.monitor ?? null,
      isProbe: isProbe || before?.isProbe === true,
      configHash,
      at: Math.max(at, before?.at ?? 0),
      calls: [...(before?.calls ?? []), call],
      listening: before?.listening ?? null,
    });
  }
  return [...notes.values()];
}

/** How long it has listened is told by one clock alone, until when by that of both. */
function listeningOf({ sinceAt, at }: GuardSign, receivedAt: number): GuardNote["listening"] {
  const toAt = datedAt(at, receivedAt);
  return { fromAt: toAt - Math.max(0, at - sinceAt), toAt };
}
