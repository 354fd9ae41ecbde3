/** Keys, proven: what a key's text is worth, and whose it is. */
import { INSTANCE_KEY_PREFIX, keyIdOf, parseKeyText } from "../domain/key-text.ts";
import type { KeyText } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { boundedCache, cached, type BoundedCache } from "../domain/schedule/bounded-cache.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { Key, RejectionReason } from "../ports/records.ts";
import type { Store } from "../ports/store.ts";
import type { Identification, Identity } from "../ports/trust.ts";
import { OTHER_KINDS } from "./words.ts";

export interface KeyProofs {
  /** The key of this text, where it stands. */
  prove(text: string): Promise<ProvenKey>;
  identify(keyText: string): Promise<Identification>;
  recall(keyId: string): Promise<Identity | null>;
}

/** `seen`: what came, in words that hold no secret. */
export type ProvenKey = { isOk: true; key: Key } | { isOk: false; reason: RejectionReason; seen: string };

interface Given {
  store: Store;
  vault: Vault;
  clock: Clock;
  instanceKey: string | null;
}

interface Parts extends Given {
  /**
   * Ping keys whose text was compared with what is stored: id and hash of the key, by its text. Whether the key still
   * stands is asked each time. Pages show ping keys, so they may lie here; other keys are hashed anew.
   */
  proven: BoundedCache<Pick<Key, "id" | "hash">>;
}

export function createKeyProofs(given: Given): KeyProofs {
  const parts: Parts = { ...given, proven: boundedCache(LIMITS.keysProven) };
  return {
    prove: (text) => findKey(parts, text),
    async identify(sent) {
      const text = sent.trim();
      if (text.startsWith(INSTANCE_KEY_PREFIX)) return identifyInstance(parts, text);
      const found = await findKey(parts, text);
      if (!found.isOk) return found;
      return { isOk: true, identity: identityOf(found.key) };
    },
    async recall(keyId) {
      const key = await parts.store.getKey(keyId);
      if (key === null || faultOf(key, parts.clock.now()) !== null) return null;
      return identityOf(key);
    },
  };
}

function identifyInstance({ vault, instanceKey }: Given, text: string): Identification {
  if (instanceKey !== null && vault.isSame(instanceKey, text)) return { isOk: true, identity: null };
  return { isOk: false, reason: "wrong_secret", seen: "an instance key with a secret that is not known" };
}

function identityOf({ project, kind, id, monitors }: Key): Identity {
  return { project, kind, keyId: id, monitors };
}

/** Three parts between dots, as identity tokens (JWT) have them. */
export function looksLikeToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

async function findKey(parts: Parts, text: string): Promise<ProvenKey> {
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

async function proveKey(parts: Parts, text: string): Promise<Key | Extract<ProvenKey, { isOk: false }>> {
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
export function strangeText(text: string): { reason: RejectionReason; seen: string } {
  if (/^[\w-]+ /.test(text)) return { reason: "wrong_scheme", seen: strangeScheme(text) };
  if (looksLikeToken(text)) {
    return { reason: "wrong_scheme", seen: "an identity token (JWT), which is not accepted here" };
  }
  if (text.startsWith(INSTANCE_KEY_PREFIX)) {
    return { reason: "wrong_scheme", seen: "an instance key, which makes projects and does not check in" };
  }
  return { reason: "malformed", seen: "text that is not of the form rck_<kind>_<project>_<secret>" };
}

/** By name, if it is one that is known: the first word could be the beginning of a secret. */
function strangeScheme(text: string): string {
  const [scheme = ""] = text.split(" ", 1);
  const isKnown = OTHER_KINDS.includes(scheme.toLowerCase());
  return isKnown ? `Authorization of the scheme ${scheme}` : "an authorization of another kind";
}
