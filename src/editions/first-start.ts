/**
 * What a person needs to begin: the keys, made on the first start or given by the environment, and a line to
 * paste. Told to the terminal; where there is none, to a file that only this user can read.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RollcallError } from "../domain/errors.ts";
import type { Project } from "../domain/project.ts";
import type { Engine } from "../engine/engine.ts";
import type { KeyKind } from "../ports/records.ts";
import type { Settings } from "../system/settings.ts";

export const FIRST_START_FILE = "first-start.txt";
export const FIRST_PROJECT = "default";

export interface FirstKey {
  text: string | null;
  /** Made by this very start: nobody has seen it yet. */
  isNew: boolean;
  /** For whoever gave it: why nobody is let in with it. */
  trouble: string | null;
}

export interface FirstKeys {
  admin: FirstKey;
  ping: FirstKey;
}

export function firstProject(createdAt: number): Project {
  return { name: FIRST_PROJECT, title: "Default", createdAt, operatorChannels: [], defaultChannels: [] };
}

export async function firstKeys(engine: Engine, settings: Settings): Promise<FirstKeys> {
  return {
    admin: await firstKey(engine, { kind: "admin", given: settings.adminKey }),
    ping: await firstKey(engine, { kind: "ping", given: settings.pingKey }),
  };
}

async function firstKey(engine: Engine, wanted: { kind: KeyKind; given: string | null }): Promise<FirstKey> {
  const { kind, given } = wanted;
  if (given !== null) return givenKey(engine, kind, given);
  const known = (await engine.listKeys({ project: FIRST_PROJECT, isAdmin: true })).filter(
    ({ key }) =>
      key.kind === kind && key.revokedAt === null && key.expiresAt === null && key.monitors === null,
  );
  const [first] = known;
  if (first !== undefined) return { text: first.text, isNew: false, trouble: null };
  const made = await engine.createKey({ project: FIRST_PROJECT, kind, label: "first start", monitors: null });
  return { text: made.text, isNew: true, trouble: null };
}

/**
 * A key given by the environment takes the place of those given there before it, and of no later one: a process that is
 * started with old settings, or after the key was rotated, must not lock out whoever has the new one already.
 */
async function givenKey(engine: Engine, kind: KeyKind, text: string): Promise<FirstKey> {
  const label = `ROLLCALL_${kind.toUpperCase()}_KEY`;
  const { key } = await engine.installKey({ text, label });
  const hasEnded = key.expiresAt !== null && key.expiresAt <= engine.clock.now();
  if (key.revokedAt !== null || hasEnded) {
    const what = key.revokedAt !== null ? "was revoked, or another one was given since" : "was rotated";
    return {
      text: null,
      isNew: false,
      trouble: `${label} ${what}: nobody is let in with it, and later keys stay good. Give all processes the key that is in use, or a new one.`,
    };
  }
  for (const { key: other } of await engine.listKeys({ project: FIRST_PROJECT, isAdmin: false })) {
    const isOutdated = other.label === label && other.createdAt < key.createdAt && other.revokedAt === null;
    if (isOutdated) await engine.revokeKey({ project: FIRST_PROJECT, id: other.id });
  }
  return { text, isNew: false, trouble: null };
}

export function keyTroubles({ admin, ping }: FirstKeys): readonly string[] {
  return [admin.trouble, ping.trouble].filter((trouble) => trouble !== null);
}

/** Says where Rollcall is and how to begin. `say` writes a line for a person. Throws where new keys cannot be told. */
export function tellStart(start: {
  keys: FirstKeys;
  /** Where this process listens. */
  listensAt: string;
  /** Where people and jobs reach Rollcall. */
  url: string;
  data: string;
  isTerminal: boolean;
  /** Other processes may have been first. */
  isShared: boolean;
  say: (line: string) => void;
}): void {
  const { keys, listensAt, url, data, isTerminal, isShared, say } = start;
  const isNew = keys.admin.isNew || keys.ping.isNew;
  const listening = `Rollcall is listening at ${listensAt}`;
  // An admin key that was given, or just made, is known; one that another process made is not.
  if (isShared && keys.admin.text === null) {
    return say(
      `${listening}\nThe process that started first has told the keys: in its terminal, or in ${FIRST_START_FILE} of its data folder. Where nobody has them any more, set ROLLCALL_ADMIN_KEY.`,
    );
  }
  if (isTerminal) return say(`${listening}\n\n${beginning(keys, url)}`);
  if (!isNew) return say(listening);
  const path = join(data, FIRST_START_FILE);
  keepFor({ path, text: `${listening}\n\n${beginning(keys, url)}\n` });
  say(`${listening}\nKeys and a first check-in to paste are in ${path}`);
}

/** Nobody could ever learn of an admin key that was made and not told. */
function keepFor({ path, text }: { path: string; text: string }): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
    // An older file keeps its mode when it is written again.
    chmodSync(path, 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RollcallError(
      "unavailable",
      `The keys that were just made cannot be told, for ${path} cannot be written (${why}): set ROLLCALL_ADMIN_KEY and ROLLCALL_PING_KEY to keys of your own, which are let in beside them, and start again.`,
      { cause },
    );
  }
}

function beginning({ admin, ping }: FirstKeys, url: string): string {
  const lines: string[] = [];
  if (admin.isNew)
    lines.push(`  admin key  ${admin.text ?? ""}`, "             (for people: shown this once, so keep it)");
  if (ping.text !== null) {
    lines.push(`  ping key   ${ping.text}`, "             (for jobs)", "", "A first check-in to paste:", "");
    lines.push(`  curl '${url}/checkin/${ping.text}/first-job?create=1&every=5m&signals=finish'`, "");
  }
  lines.push(`Status page: ${url}/ (asks for the admin key)`);
  return lines.join("\n");
}
