/** Verifications: boundaries tried with calls they must refuse and calls they must let in, and whether that still stands. */
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import { ACCEPTED_BY_DEFAULT, type NamedContract, type Principal } from "../domain/trust/contract.ts";
import { withObservedProof } from "../domain/trust/observed-proof.ts";
import { whyStale } from "../domain/trust/staleness.ts";
import { twinAt } from "../domain/trust/twin.ts";
import { colourOf, type Verification } from "../domain/trust/verification.ts";
import { OutboundError } from "../ports/outbound.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import type { MatrixResult } from "../ports/verification.ts";
import { findMonitor } from "./find-monitor.ts";
import type { LiveParts } from "./live-parts.ts";
import { observedCheckIns, slugOfTwin } from "./observed-check-ins.ts";
import { openContract } from "./open-contract.ts";
import type { EngineParts } from "./parts.ts";

export interface VerificationView {
  verification: Verification;
  /** Why it says nothing any more, each reason in a sentence; empty: it stands. */
  staleBecause: readonly string[];
}

export interface VerificationAsked {
  project: string;
  url: string;
  /** Of the scheduler, and of people. */
  contract: string;
  manualContract: string | null;
  /** The slug that the route belongs to; null: none. */
  monitor: string | null;
  /** How long the scheduler's own call is waited for, where its proof cannot be made here; null: as long as may be. */
  awaitMs: number | null;
  by: string;
}

/**
 * Makes all calls and keeps what came of them; one verification of an address after another. Throws `invalid_request`
 * for an address that may not be called from here.
 */
export async function verifyTarget(parts: LiveParts, asked: VerificationAsked): Promise<VerificationView> {
  // Whatever changes from here on makes it stale, also while it waits for another one of this address.
  const at = parts.clock.now();
  const project = await loadProject(parts, asked.project);
  const { scheduler, manual } = await checked(parts, project, asked);
  const id = `ver_${parts.ids.secret(16)}`;
  return parts.turns.take(`verification of ${asked.project} ${asked.url}`, async () => {
    const result = await tryTarget(parts, { url: asked.url, scheduler, manual });
    return keep(parts, { id, at, asked, result });
  });
}

export async function getVerification(
  parts: EngineParts,
  input: { project: string; id: string },
): Promise<VerificationView> {
  const found = await parts.store.getVerification(input.project, input.id);
  if (found === null) {
    const shown = JSON.stringify(input.id.slice(0, 120));
    throw new RollcallError("not_found", `There is no verification ${shown} in this project.`);
  }
  const [view] = await viewsOf(parts, input.project, [found]);
  return view ?? { verification: found, staleBecause: [] };
}

/** Newest first; with `url`, only of that one. */
export async function listVerifications(
  parts: EngineParts,
  input: { project: string; url: string | null; page: PageRequest },
): Promise<Page<VerificationView>> {
  const { project, url, page } = input;
  const { items, nextCursor } = await parts.store.listVerifications(project, { url }, page);
  return { items: await viewsOf(parts, project, items), nextCursor };
}

/** The scheduler called a probe: whatever awaits that has it now, also if nobody looks before the guard forgets the call. */
export async function completeAwaited(parts: EngineParts, project: string): Promise<void> {
  const page = { cursor: null, limit: LIMITS.pageItems };
  const { items } = await parts.store.listVerifications(project, { url: null }, page);
  const awaiting = items.filter(({ colour }) => colour === "awaiting");
  await viewsOf(parts, project, awaiting);
}

/** What is awaited may have come, or its time be over: then that is kept, for guards forget old calls. */
async function viewsOf(
  parts: EngineParts,
  name: string,
  verifications: readonly Verification[],
): Promise<VerificationView[]> {
  if (verifications.length === 0) return [];
  const { project, state } = await loadProject(parts, name);
  const routes = await parts.store.listGuardedRoutes(name);
  const seen = { contracts: state.contracts, deploys: state.deploys, routes };
  const nowAt = parts.clock.now();
  return Promise.all(
    verifications.map(async (before) => {
      const isAwaiting = before.colour === "awaiting";
      const checkIns = isAwaiting ? await observedCheckIns(parts, before) : [];
      const contracts = state.contracts ?? {};
      const verification = withObservedProof(before, { routes, checkIns, nowAt, contracts });
      if (verification !== before) await parts.store.putVerification(verification);
      const accepts = await acceptedAtTwin(parts, project, verification);
      return { verification, staleBecause: whyStale(verification, { ...seen, accepts }) };
    }),
  );
}

/** The boundary of our own check-ins is no guard's, and what it accepts is known here; null: another one was verified. */
async function acceptedAtTwin(
  parts: EngineParts,
  project: ProjectSnapshot["project"],
  verification: Verification,
): Promise<readonly string[] | null> {
  const ofProject = project.accepts ?? ACCEPTED_BY_DEFAULT;
  const { publicUrl } = parts;
  // The traces of a verification name no monitor.
  if (twinAt({ publicUrl, url: verification.url })?.of === "traces") return ofProject;
  const slug = slugOfTwin(parts, verification);
  const ref = slug === null ? null : await parts.store.findMonitor(project.name, slug);
  return ref === null ? null : (ref.accepts ?? ofProject);
}

async function checked(
  parts: EngineParts,
  project: ProjectSnapshot,
  asked: VerificationAsked,
): Promise<{ scheduler: NamedContract; manual: NamedContract | null }> {
  const { monitor, awaitMs } = asked;
  if (monitor !== null) await findMonitor(parts, { project: asked.project, slug: monitor });
  const problems: FieldProblem[] = [];
  const urlProblem = problemOfUrl(parts, project, asked.url);
  if (urlProblem !== null) problems.push({ field: "url", message: urlProblem });
  const open = async (field: string, name: string, principal: Principal): Promise<NamedContract | null> => {
    const opened = await openContract(parts, project, { name, principal, url: asked.url });
    if (!("problem" in opened)) return opened;
    problems.push({ field, message: opened.problem });
    return null;
  };
  const scheduler = await open("contract", asked.contract, "scheduler");
  const manual =
    asked.manualContract === null ? null : await open("manual_contract", asked.manualContract, "manual");
  if (awaitMs !== null && (awaitMs <= 0 || awaitMs > LIMITS.longestObservationMs)) {
    problems.push({ field: "await_scheduler", message: "must be more than nothing and at most 26h" });
  }
  if (scheduler === null || problems.length > 0) throw invalid(problems);
  return { scheduler, manual };
}

/** Whether it may be called from here: the operator listed its origin, or it is our own. */
function problemOfUrl({ matrix, publicUrl }: EngineParts, { project }: ProjectSnapshot, url: string) {
  if (url.length > LIMITS.verifiedUrlCharacters) {
    return `has more than ${LIMITS.verifiedUrlCharacters} characters`;
  }
  const read = matrix.originOf(url);
  if ("problem" in read) return read.problem;
  const targets = project.targets ?? [];
  if (targets.includes(read.origin) || `${publicUrl}/`.startsWith(`${read.origin}/`)) return null;
  const allowed = targets.length === 0 ? "none" : targets.join(", ");
  return `${read.origin} is not among the project's targets (${allowed}): add it there, by PATCH /v1/project {"targets": […]}`;
}

async function tryTarget(
  { matrix }: EngineParts,
  target: Parameters<EngineParts["matrix"]["run"]>[0],
): Promise<MatrixResult> {
  try {
    return await matrix.run(target);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw invalid([{ field: "url", message: error.message }]);
  }
}

async function keep(
  parts: EngineParts,
  told: { id: string; at: number; asked: VerificationAsked; result: MatrixResult },
): Promise<VerificationView> {
  const { id, at, asked, result } = told;
  const { project, url, monitor, contract, manualContract, by } = asked;
  const isAwaited = result.cases.some((each) => each.result === "awaited");
  const verification: Verification = {
    id,
    project,
    url,
    monitor,
    contract,
    manualContract,
    at,
    finishedAt: parts.clock.now(),
    by,
    colour: colourOf(result),
    ...result,
    awaitedUntilAt: isAwaited ? at + (asked.awaitMs ?? LIMITS.longestObservationMs) : null,
  };
  await parts.store.putVerification(verification);
  return { verification, staleBecause: [] };
}

async function loadProject({ store }: EngineParts, name: string): Promise<ProjectSnapshot> {
  const snapshot = await store.loadProject(name);
  if (snapshot === null) throw new RollcallError("not_found", `There is no project ${JSON.stringify(name)}.`);
  return snapshot;
}
