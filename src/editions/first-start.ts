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
  if (given !== null) {
    await useGiven(engine, kind, given);
    return { text: given, isNew: false };
  }
  const known = (await engine.listKeys({ project: FIRST_PROJECT, isAdmin: true })).filter(
    ({ key }) =>
      key.kind === kind && key.revokedAt === null && key.expiresAt === null && key.monitors === null,
  );
  const [first] = known;
  if (first !== undefined) return { text: first.text, isNew: false };
  const made = await engine.createKey({ project: FIRST_PROJECT, kind, label: "first start", monitors: null });
  return { text: made.text, isNew: true };
}

/** A key given by the environment takes the place of the one given there before. */
async function useGiven(engine: Engine, kind: KeyKind, text: string): Promise<void> {
  const label = `ROLLCALL_${kind.toUpperCase()}_KEY`;
  const { key } = await engine.installKey({ text, label });
  for (const other of await engine.listKeys({ project: FIRST_PROJECT, isAdmin: false })) {
    const isOutdated = other.key.label === label && other.key.id !== key.id && other.key.revokedAt === null;
    if (isOutdated) await engine.revokeKey({ project: FIRST_PROJECT, id: other.key.id });
  }
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
