/**
 * What a person needs to begin: the keys, made on the first start or given by the environment, and a line to
 * paste. Told to the terminal; where there is none, to a file that only this user can read.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** Says where Rollcall is and how to begin. `say` writes a line for a person. */
export function tellStart(start: {
  keys: FirstKeys;
  url: string;
  data: string;
  isTerminal: boolean;
  /** Other processes may have been first. */
  isShared: boolean;
  say: (line: string) => void;
}): void {
  const { keys, url, data, isTerminal, isShared, say } = start;
  const isNew = keys.admin.isNew || keys.ping.isNew;
  // An admin key that was given, or just made, is known; one that another process made is not.
  if (isShared && keys.admin.text === null) {
    return say(
      `Rollcall is listening at ${url}\nThe process that started first has told the keys: in its terminal, or in ${FIRST_START_FILE} of its data folder.`,
    );
  }
  if (isTerminal) return say(startText(keys, url));
  const listening = `Rollcall is listening at ${url}`;
  if (!isNew) return say(listening);
  const path = join(data, FIRST_START_FILE);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${startText(keys, url)}\n`, { mode: 0o600 });
  // An older file keeps its mode when it is written again.
  chmodSync(path, 0o600);
  say(`${listening}\nKeys and a first check-in to paste are in ${path}`);
}

function startText({ admin, ping }: FirstKeys, url: string): string {
  const lines = [`Rollcall is listening at ${url}`, ""];
  if (admin.isNew)
    lines.push(`  admin key  ${admin.text ?? ""}`, "             (for people: shown this once, so keep it)");
  if (ping.text !== null) {
    lines.push(`  ping key   ${ping.text}`, "             (for jobs)", "", "A first check-in to paste:", "");
    lines.push(`  curl '${url}/checkin/${ping.text}/first-job?create=1&every=5m&signals=finish'`, "");
  }
  lines.push(`Status page: ${url}/ (asks for the admin key)`);
  return lines.join("\n");
}
