/** Proof by key or by bare ping URL: what every check-in passes today, in every dialect. */
import { keyIdOf, parseKeyText } from "../domain/key-text.ts";
import type { KeyText } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { boundedCache, cached, type BoundedCache } from "../domain/schedule/bounded-cache.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { Key, RejectionReason } from "../ports/records.ts";
import type { MonitorRef, Store } from "../ports/store.ts";
import type { Authentication, Identification, Identity, Presented, Shown } from "../ports/trust.ts";

export interface KeyProofs {
  authenticate(shown: Pick<Shown, "presented">): Promise<Authentication>;
  identify(keyText: string): Promise<Identification>;
  recall(keyId: string): Promise<Identity | null>;
}

interface Given {
  store: Store;
  vault: Vault;
  clock: Clock;
}

interface Parts extends Given {
  /**
   * Ping keys whose text was compared with what is stored: id and hash of the key, by its text. Whether the key still
   * stands is asked each time. Pages show ping keys, so they may lie here; other keys are hashed anew.
   */
  proven: BoundedCache<Pick<Key, "id" | "hash">>;
}

const PING_KEY_WANTED = "a ping key of this project, in the path or as Authorization: Bearer";

export function createKeyProofs(given: Given): KeyProofs {
  const parts: Parts = { ...given, proven: boundedCache(LIMITS.keysProven) };
  return {
    authenticate: ({ presented }) =>
      presented.uuid === null ? byKey(parts, presented) : byPingUrl(parts, presented.uuid),
    async identify(text) {
      const found = await findKey(parts, text.trim());
      if (!found.isOk) return found;
      const { project, kind, id } = found.key;
      return { isOk: true, identity: { project, kind, keyId: id } };
    },
    async recall(keyId) {
      const key = await parts.store.getKey(keyId);
      if (key === null || faultOf(key, parts.clock.now()) !== null) return null;
      return { project: key.project, kind: key.kind, keyId };
    },
  };
}

async function byPingUrl(parts: Parts, uuid: string): Promise<Authentication> {
  const expected = "the ping URL of a monitor";
  const ref = await parts.store.findMonitorByPing(parts.vault.hash(uuid.toLowerCase()));
  if (ref === null) {
    const seen = "a UUID that belongs to no monitor";
    return {
      isOk: false,
      reason: "unknown_monitor",
      project: null,
      monitorId: null,
      slug: null,
      expected,
      seen,
    };
  }
  if (ref.deletedAt !== null) return deleted(ref);
  const { project, id: monitorId, slug } = ref;
  return {
    isOk: true,
    project,
    principal: "ping URL",
    via: "ping_url",
    keyId: null,
    monitorId,
    slug,
    mayCreate: false,
  };
}

async function byKey(parts: Parts, presented: Presented): Promise<Authentication> {
  const { credential } = presented;
  if (credential === null) {
    return refused(parts, presented, { reason: "no_credentials", seen: "no key" });
  }
  const found = await findKey(parts, credential.text);
  if (!found.isOk) return refused(parts, presented, found, parseKeyText(credential.text)?.project);

  const { key } = found;
  if (key.kind !== "ping") {
    const seen = `the ${key.kind} key ${key.id}, which manages and does not check in`;
    return refused(parts, presented, { reason: "wrong_scheme", seen }, key.project);
  }
  if (presented.project !== null && presented.project !== key.project) {
    const seen = `ping key ${key.id} of another project`;
    return refused(parts, presented, { reason: "not_allowed_monitor", seen });
  }
  const slug = presented.slug ?? "";
  if (key.monitors !== null && !key.monitors.includes(slug)) {
    const expected = `a key for this monitor; this one is for ${key.monitors.join(", ") || "no monitor"}`;
    const refusal = { reason: "not_allowed_monitor", seen: `ping key ${key.id}`, expected } as const;
    return refused(parts, presented, refusal, key.project);
  }
  const ref = await parts.store.findMonitor(key.project, slug);
  if (ref !== null && ref.deletedAt !== null) return deleted(ref);
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

type Found = { isOk: true; key: Key } | { isOk: false; reason: RejectionReason; seen: string };

async function findKey(parts: Parts, text: string): Promise<Found> {
  const key = (await findProvenKey(parts, text)) ?? (await proveKey(parts, text));
  if ("isOk" in key) return key;
  const fault = faultOf(key, parts.clock.now());
  return fault === null ? { isOk: true, key } : { isOk: false, ...fault };
}

async function findProvenKey({ store, proven }: Parts, text: string): Promise<Key | null> {
  const known = proven.entries.get(text);
  const key = known === undefined ? null : await store.getKey(known.id);
  return key?.hash === known?.hash ? key : null;
}

async function proveKey(parts: Parts, text: string): Promise<Key | Extract<Found, { isOk: false }>> {
  const parsed = parseKeyText(text);
  if (parsed === null) return { isOk: false, ...strangeText(text) };
  const key = await parts.store.getKey(keyIdOf(parts.vault.hash(text)));
  if (key === null || !isSameKey(parts, key, parsed)) {
    return {
      isOk: false,
      reason: "wrong_secret",
      seen: `${parsed.kind === "admin" ? "an" : "a"} ${parsed.kind} key with a secret that is not known`,
    };
  }
  if (key.kind === "ping") cached(parts.proven, text, () => ({ id: key.id, hash: key.hash }));
  return key;
}

function isSameKey({ vault }: Parts, key: Key, parsed: KeyText): boolean {
  const isSameSecret = vault.isSame(key.hash, vault.hash(parsed.secret));
  return isSameSecret && key.kind === parsed.kind && key.project === parsed.project;
}

function faultOf(key: Key, nowAt: number): { reason: RejectionReason; seen: string } | null {
  if (key.revokedAt !== null)
    return { reason: "revoked", seen: `${key.kind} key ${key.id}, which was revoked` };
  if (key.expiresAt !== null && key.expiresAt <= nowAt) {
    return { reason: "expired", seen: `${key.kind} key ${key.id}, which was replaced and has expired` };
  }
  return null;
}

/** What came instead of a key, told without repeating any of it. */
function strangeText(text: string): { reason: RejectionReason; seen: string } {
  const scheme = /^([A-Za-z]{1,20}) /.exec(text)?.[1];
  if (scheme !== undefined) return { reason: "wrong_scheme", seen: `Authorization of the scheme ${scheme}` };
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) {
    return { reason: "wrong_scheme", seen: "an identity token (JWT), which no monitor here accepts" };
  }
  return { reason: "malformed", seen: "text that is not of the form rck_<kind>_<project>_<secret>" };
}

function deleted({ project, id: monitorId, slug }: MonitorRef): Authentication {
  const expected = "a monitor that exists";
  const seen = "a check-in for a monitor that was deleted";
  return { isOk: false, reason: "deleted", project, monitorId, slug, expected, seen };
}

/** A refusal, with the project and the monitor it concerns where they exist: then it is kept as evidence. */
async function refused(
  { store }: Parts,
  presented: Presented,
  refusal: { reason: RejectionReason; seen: string; expected?: string },
  projectOfKey?: string,
): Promise<Authentication> {
  const { reason, seen, expected = PING_KEY_WANTED } = refusal;
  const name = presented.project ?? projectOfKey ?? null;
  const isKnown = name !== null && (await store.loadProject(name)) !== null;
  const project = isKnown ? name : null;
  const ref =
    project === null || presented.slug === null ? null : await store.findMonitor(project, presented.slug);
  const monitorId = ref === null || ref.deletedAt !== null ? null : ref.id;
  return { isOk: false, reason, project, monitorId, slug: presented.slug, expected, seen };
}
