/**
 * Who may check in for what: by ping key, by the bare ping URL, or by a contract, as the monitor or its project accepts
 * them. A key or ping URL that is not accepted still names its monitor; the proof must then come beside it.
 */
import { KEY_PREFIX, parseKeyText, PING_KEY_EXPECTED } from "../domain/key-text.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import { ACCEPTED_BY_DEFAULT, BUILT_IN_CONTRACTS } from "../domain/trust/contract.ts";
import type { Admitted, BoundaryDecision, BoundaryRequest } from "../domain/trust/decision.ts";
import type { RejectionReason } from "../domain/trust/reasons.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { MonitorRef, Store } from "../ports/store.ts";
import type { Authentication, Presented, Shown, Trust } from "../ports/trust.ts";
import type { Boundary } from "./boundary.ts";
import { strangeText, type KeyProofs } from "./keys.ts";
import type { ReadyBoundaries } from "./ready-boundaries.ts";

interface Parts {
  store: Store;
  vault: Vault;
  clock: Clock;
  keys: KeyProofs;
  boundaries: ReadyBoundaries;
}

export type CheckInProofs = Pick<Trust, "authenticate" | "configHash">;

const PING_URL_WANTED = "the ping URL of a monitor";

export function createCheckInProofs(parts: Parts): CheckInProofs {
  return {
    authenticate(shown) {
      const { credential, uuid } = shown.presented;
      if (uuid !== null) return byPingUrl(parts, shown, uuid);
      const isKey = credential?.where === "path" || credential?.text.startsWith(KEY_PREFIX) === true;
      return isKey ? byKey(parts, shown, credential.text) : byContract(parts, shown);
    },
    async configHash({ project, slug }) {
      const place = await placeOf(parts, project, { slug });
      const boundary = await boundaryAt(parts, place);
      const builtIn = BUILT_IN_CONTRACTS.filter((name) => place.accepts.includes(name));
      // Where nothing but contracts is accepted, it is the hash that a guard with the same contracts has.
      const rules = (await boundary?.configHash()) ?? "";
      return builtIn.length === 0 ? rules : parts.vault.hash([...builtIn, rules].join(" ")).slice(0, 16);
    },
  };
}

/** What is checked in for: a project that exists, and the monitor of that name, if there is one. */
interface Place {
  project: string;
  slug: string;
  ref: MonitorRef | null;
  accepts: readonly string[];
}

async function byPingUrl(parts: Parts, shown: Shown, uuid: string): Promise<Authentication> {
  const ref = await parts.store.findMonitorByPing(parts.vault.hash(uuid.toLowerCase()));
  if (ref === null) {
    const seen = "a UUID that belongs to no monitor";
    return refused(null, { reason: "unknown_monitor", seen, expected: PING_URL_WANTED });
  }
  const place = await placeOf(parts, ref.project, { slug: ref.slug, ref });
  if (ref.deletedAt !== null) return deleted(place);
  if (!place.accepts.includes("ping_url")) return byContractAlone(parts, shown, place, "the bare ping URL");
  return {
    isOk: true,
    project: ref.project,
    principal: "ping URL",
    via: "ping_url",
    keyId: null,
    monitorId: ref.id,
    slug: ref.slug,
    mayCreate: false,
  };
}

async function byKey(parts: Parts, shown: Shown, text: string): Promise<Authentication> {
  const { presented } = shown;
  const found = await parts.keys.prove(text);
  if (!found.isOk) {
    const place = await placeNamed(parts, presented, parseKeyText(text)?.project);
    return refused(place, { ...found, expected: await wantedAt(parts, shown, place) });
  }
  const { key } = found;
  const slug = presented.slug ?? "";
  if (key.kind !== "ping") {
    const seen = `the ${key.kind} key ${key.id}, which manages and does not check in`;
    const place = await placeNamed(parts, presented, key.project);
    return refused(place, { reason: "wrong_scheme", seen, expected: await wantedAt(parts, shown, place) });
  }
  if (presented.project !== null && presented.project !== key.project) {
    const seen = `ping key ${key.id} of another project`;
    const place = await placeNamed(parts, presented);
    return {
      ...refused(place, { reason: "not_allowed_monitor", seen, expected: PING_KEY_EXPECTED }),
      isProofGood: true,
    };
  }
  const place = await placeOf(parts, key.project, { slug });
  if (key.monitors !== null && !key.monitors.includes(slug)) {
    const expected = `a key for this monitor; this one is for ${key.monitors.join(", ") || "no monitor"}`;
    const seen = `ping key ${key.id}`;
    return { ...refused(place, { reason: "not_allowed_monitor", seen, expected }), isProofGood: true };
  }
  const { ref, accepts } = place;
  if (ref !== null && ref.deletedAt !== null) return deleted(place);
  if (!accepts.includes("key")) return byContractAlone(parts, shown, place, `ping key ${key.id}`);
  return {
    isOk: true,
    project: key.project,
    principal: `ping key ${key.id}`,
    via: "key",
    keyId: key.id,
    monitorId: ref?.id ?? null,
    slug,
    mayCreate: key.monitors === null,
  };
}

/** No key was shown: the place is named by the path, and what else came must meet a contract there. */
async function byContract(parts: Parts, shown: Shown): Promise<Authentication> {
  const { credential } = shown.presented;
  const place = await placeNamed(parts, shown.presented);
  const boundary = place === null ? null : await boundaryAt(parts, place);
  if (place !== null && boundary !== null)
    return decided(parts, shown, { place, decision: await boundary.decide(shown.request) });
  const expected = PING_KEY_EXPECTED;
  if (credential === null) return refused(place, { reason: "no_credentials", seen: "no key", expected });
  return refused(place, { ...strangeText(credential.text), expected });
}

/** A key or ping URL was shown where it is not accepted: it is no proof, and what came beside it may be. */
async function byContractAlone(
  parts: Parts,
  shown: Shown,
  place: Place,
  what: string,
): Promise<Authentication> {
  const request =
    shown.presented.credential?.where === "authorization" ? withoutKey(shown.request) : shown.request;
  const boundary = await boundaryAt(parts, place);
  const decision = (await boundary?.decide(request)) ?? null;
  if (decision !== null && (decision.isOk || decision.reason !== "no_credentials")) {
    return decided(parts, shown, { place, decision });
  }
  const expected = await wantedAt(parts, shown, place);
  const seen = `${what}, which is not accepted for this monitor`;
  return { ...refused(place, { reason: "wrong_scheme", seen, expected }), isProofGood: true };
}

async function decided(
  parts: Parts,
  shown: Shown,
  { place, decision }: { place: Place; decision: BoundaryDecision },
): Promise<Authentication> {
  const { ref, project, slug, accepts } = place;
  if (!decision.isOk) {
    const { reason, seen } = decision;
    const expected = accepts.includes("key")
      ? `${decision.expected}, or ${PING_KEY_EXPECTED}`
      : decision.expected;
    return refused(place, { reason, seen, expected });
  }
  if (ref !== null && ref.deletedAt !== null) return deleted(place);
  const { contract, subject, principal, runId, trigger, scheduledForAt } = decision;
  const claimed = ref === null ? null : await claim(parts, shown, { ref, decision });
  if (claimed?.isReplayed === true) {
    const seen = `a proof of ${subject} that was shown before, for another check-in`;
    const expected = `a proof made for this check-in alone (contract ${contract})`;
    return refused(place, { reason: "replayed", seen, expected });
  }
  return {
    isOk: true,
    project,
    principal: `contract ${contract}: ${subject}`,
    via: "contract",
    met: { contract, principal },
    told: { runId, trigger: principal === "manual" ? "manual" : trigger, scheduledForAt },
    ...(claimed === null ? {} : { duplicateKey: claimed.duplicateKey }),
    keyId: null,
    monitorId: ref?.id ?? null,
    slug,
    // What a platform proves is who calls, not that monitors may be made for it.
    mayCreate: false,
  };
}

/**
 * Remembers what the proof was shown for. Shown again for the very same it is the same check-in, sent again because the
 * answer was lost. What is only looked at is not remembered. Null: it may be shown as often as one likes.
 */
async function claim(
  { store, vault, clock }: Parts,
  { use }: Shown,
  { ref, decision }: { ref: MonitorRef; decision: Admitted },
): Promise<{ isReplayed: boolean; duplicateKey: string } | null> {
  const { once } = decision;
  if (once === null) return null;
  // Without the contract's name: two contracts may be met by one proof, and one may be given another name.
  const id = vault.hash(once.id);
  if (use === null) return { isReplayed: false, duplicateKey: `proof/${id}` };
  const run = decision.runId ?? use.runId ?? "";
  const own = use.duplicateKey === null ? "" : `/${vault.hash(use.duplicateKey)}`;
  const answer = await store.claimProof({
    project: ref.project,
    id,
    use: `${ref.id}/${use.kind}/${run}${own}`,
    nowAt: clock.now(),
    untilAt: once.untilAt,
  });
  return { isReplayed: answer === "other", duplicateKey: `proof/${id}/${use.kind}/${run}` };
}

/** Null: there is no project of that name. A tombstone's name stands for nothing that could be watched. */
async function placeNamed(parts: Parts, presented: Presented, projectOfKey?: string): Promise<Place | null> {
  const project = presented.project ?? projectOfKey ?? null;
  if (project === null || (await parts.store.loadProject(project)) === null) return null;
  return placeOf(parts, project, { slug: presented.slug ?? "" });
}

async function placeOf(
  { store }: Parts,
  project: string,
  named: { slug: string; ref?: MonitorRef },
): Promise<Place> {
  const { slug } = named;
  const ref = named.ref ?? (slug === "" ? null : await store.findMonitor(project, slug));
  const accepts = ref?.accepts ?? (await store.loadProject(project))?.project.accepts ?? ACCEPTED_BY_DEFAULT;
  return { project, slug, ref, accepts };
}

/** Null: nothing but keys and ping URLs is accepted there. */
async function boundaryAt(
  { store, boundaries }: Parts,
  { project, accepts }: Place,
): Promise<Boundary | null> {
  const snapshot: ProjectSnapshot | null = await store.loadProject(project);
  return snapshot === null ? null : boundaries.of(snapshot, accepts);
}

/** What would be let in, in words. */
async function wantedAt(parts: Parts, { request }: Shown, place: Place | null): Promise<string> {
  const boundary = place === null ? null : await boundaryAt(parts, place);
  const bare = await boundary?.decide({ ...request, headers: {} });
  const wanted = [
    ...(bare === undefined || bare.isOk ? [] : [bare.expected]),
    ...(place === null || place.accepts.includes("key") ? [PING_KEY_EXPECTED] : []),
  ];
  return wanted.length === 0 ? PING_URL_WANTED : wanted.join(", or ");
}

function withoutKey(request: BoundaryRequest): BoundaryRequest {
  const { authorization: _key, ...headers } = request.headers;
  return { ...request, headers };
}

type Refusal = Extract<Authentication, { isOk: false }>;

/** With the project and the monitor it concerns where they exist: then it is kept as evidence. */
function refused(
  place: Place | null,
  refusal: { reason: RejectionReason; seen: string; expected: string },
): Refusal {
  const { reason, seen, expected } = refusal;
  const ref = place?.ref ?? null;
  return {
    isOk: false,
    reason,
    isProofGood: false,
    project: place?.project ?? null,
    monitorId: ref === null || ref.deletedAt !== null ? null : ref.id,
    slug: place?.slug ?? null,
    expected,
    seen,
  };
}

function deleted({ project, ref, slug }: Place): Refusal {
  const expected = "a monitor that exists";
  const seen = "a check-in for a monitor that was deleted";
  const monitorId = ref?.id ?? null;
  return { isOk: false, reason: "deleted", isProofGood: true, project, monitorId, slug, expected, seen };
}
