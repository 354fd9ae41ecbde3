/** Keys of a project: made, listed, replaced with an overlap, revoked. */
import { RollcallError, invalid } from "../domain/errors.ts";
import { KEY_SECRET_CHARACTERS, keyIdOf, keyText, parseKeyText, type KeyKind } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { slugProblem } from "../domain/monitor-settings.ts";
import type { Key } from "../ports/records.ts";
import type { EngineParts } from "./parts.ts";

export interface KeyView {
  key: Key;
  /** The whole key: shown when it is made, and of ping keys to an admin ever after. */
  text: string | null;
}

const DEFAULT_OVERLAP_MS = 24 * 3_600_000;

export async function createKey(
  parts: EngineParts,
  input: { project: string; kind: KeyKind; label: string; monitors: readonly string[] | null },
): Promise<KeyView> {
  checkInput(input);
  const text = keyText({ ...input, secret: parts.ids.secret(KEY_SECRET_CHARACTERS) });
  return store(parts, { ...input, text });
}

/** Puts a key that was chosen outside, unless it is there already. Twice is harmless; a revoked one stays revoked. */
export async function installKey(
  parts: EngineParts,
  input: { text: string; label: string },
): Promise<KeyView> {
  const parsed = parseKeyText(input.text);
  if (parsed === null)
    throw invalid([{ field: "key", message: "is not of the form rck_<kind>_<project>_<secret>" }]);
  const known = await parts.store.getKey(keyIdOf(parts.vault.hash(input.text)));
  if (known !== null) return { key: known, text: input.text };
  return store(parts, { ...parsed, ...input, monitors: null });
}

/** Newest first. `isAdmin`: ping keys are shown in clear. */
export async function listKeys(
  parts: EngineParts,
  input: { project: string; isAdmin: boolean },
): Promise<KeyView[]> {
  const keys = await parts.store.listKeys(input.project);
  return [...keys]
    .sort((one, two) => two.createdAt - one.createdAt || one.id.localeCompare(two.id))
    .map((key) => ({
      key,
      text: input.isAdmin && key.sealed !== null ? parts.vault.open(key.sealed) : null,
    }));
}

/** A new key in place of this one, which stays good for `overlapMs` (a day, if null) so that jobs can change over. */
export async function rotateKey(
  parts: EngineParts,
  input: { project: string; id: string; overlapMs: number | null },
): Promise<KeyView> {
  const old = await findKey(parts, input);
  const nowAt = parts.clock.now();
  if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= nowAt)) {
    throw new RollcallError("conflict", `Key ${old.id} is not in use any more: create a new one.`);
  }
  const overlapMs = input.overlapMs ?? DEFAULT_OVERLAP_MS;
  if (overlapMs > LIMITS.historyMs) throw invalid([{ field: "overlap", message: "must be at most 90 days" }]);
  const made = await createKey(parts, old);
  const expiresAt = Math.min(old.expiresAt ?? Number.MAX_SAFE_INTEGER, nowAt + overlapMs);
  await parts.store.putKey({ ...old, expiresAt, replacedBy: made.key.id });
  return made;
}

/** At once and for good. Twice is harmless. */
export async function revokeKey(
  parts: EngineParts,
  input: { project: string; id: string },
): Promise<KeyView> {
  const key = await findKey(parts, input);
  if (key.revokedAt !== null) return { key, text: null };
  const nowAt = parts.clock.now();
  if (key.kind === "admin") {
    const others = (await parts.store.listKeys(input.project)).filter(
      (other) =>
        other.kind === "admin" && other.id !== key.id && other.revokedAt === null && other.expiresAt === null,
    );
    if (others.length === 0) {
      throw new RollcallError(
        "conflict",
        "This is the last admin key of the project: create another one first.",
      );
    }
  }
  const revoked = { ...key, revokedAt: nowAt };
  await parts.store.putKey(revoked);
  return { key: revoked, text: null };
}

async function findKey({ store }: EngineParts, input: { project: string; id: string }): Promise<Key> {
  const key = await store.getKey(input.id);
  if (key === null || key.project !== input.project) {
    throw new RollcallError(
      "not_found",
      `There is no key ${JSON.stringify(input.id.slice(0, 60))} in this project.`,
    );
  }
  return key;
}

async function store(
  { store, vault, clock }: EngineParts,
  made: { project: string; kind: KeyKind; label: string; monitors: readonly string[] | null; text: string },
): Promise<KeyView> {
  const { project, kind, label, monitors, text } = made;
  const secret = parseKeyText(text)?.secret ?? "";
  const key: Key = {
    id: keyIdOf(vault.hash(text)),
    project,
    kind,
    label,
    hash: vault.hash(secret),
    sealed: kind === "ping" ? vault.seal(text) : null,
    monitors,
    createdAt: clock.now(),
    expiresAt: null,
    revokedAt: null,
    replacedBy: null,
  };
  await store.putKey(key);
  return { key, text };
}

function checkInput(input: { kind: KeyKind; label: string; monitors: readonly string[] | null }): void {
  if (input.label.length > LIMITS.nameCharacters) {
    throw invalid([{ field: "label", message: `has more than ${LIMITS.nameCharacters} characters` }]);
  }
  if (input.monitors === null) return;
  if (input.kind !== "ping") {
    throw invalid([
      { field: "monitors", message: `belongs to ping keys; an ${input.kind} key is for the whole project` },
    ]);
  }
  const problems = input.monitors.flatMap((slug, index) => {
    const message = slugProblem(slug);
    return message === null ? [] : [{ field: `monitors[${index}]`, message }];
  });
  if (problems.length > 0) throw invalid(problems);
}
