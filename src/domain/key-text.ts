/**
 * The text of a key, `rck_<kind>_<project>_<secret>`: legal as a path segment, and naming its project so that a
 * wrong or revoked secret can still be told to the right people.
 */
export const KEY_KINDS = ["admin", "read", "ping"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export interface KeyText {
  kind: KeyKind;
  project: string;
  secret: string;
}

export const KEY_PREFIX = "rck_";
/** What a refused check-in should have shown where nothing but the built-in proofs is accepted. */
export const PING_KEY_EXPECTED = "a ping key of this project, in the path or as Authorization: Bearer";
/** 62^32 possibilities: nobody counts through them. */
export const KEY_SECRET_CHARACTERS = 32;
const FORM = /^rck_(admin|read|ping)_([a-z0-9][a-z0-9_-]{0,99})_([0-9A-Za-z]{16,128})$/;

export function keyText({ kind, project, secret }: KeyText): string {
  return `${KEY_PREFIX}${kind}_${project}_${secret}`;
}

/** Null when it is no key at all. */
export function parseKeyText(text: string): KeyText | null {
  const [, kind, project, secret] = FORM.exec(text) ?? [];
  const known = KEY_KINDS.find((each) => each === kind);
  return known === undefined || project === undefined || secret === undefined
    ? null
    : { kind: known, project, secret };
}

/**
 * The key that makes projects belongs to none of them, and to whoever runs Rollcall: it is set, not stored, and has a
 * longer secret, because there is nobody to revoke it.
 */
export const INSTANCE_KEY_PREFIX = `${KEY_PREFIX}instance_`;
const INSTANCE_FORM = /^rck_instance_[0-9A-Za-z]{32,128}$/;

export function isInstanceKeyText(text: string): boolean {
  return INSTANCE_FORM.test(text);
}

/** The id under which a key is stored, made from the hash of its whole text: finding it needs no list. */
export function keyIdOf(hashOfText: string): string {
  return `key_${hashOfText.slice(0, 16)}`;
}
