/** The projects of this Rollcall, for whoever runs it: made with their first keys, and listed. */
import { RollcallError, invalid, type FieldProblem } from "../domain/errors.ts";
import type { KeyKind } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { projectNameProblem, type Project } from "../domain/project.ts";
import type { Key } from "../ports/records.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { createKey, type KeyView } from "./keys.ts";
import type { EngineParts } from "./parts.ts";

export interface MadeProject {
  project: Project;
  admin: KeyView;
  ping: KeyView;
}

export interface ProjectSummary {
  project: Project;
  channels: number;
  failingChannels: number;
  /** Those that are good now. */
  keys: number;
}

interface Wanted {
  name: string;
  /** For people; null: the name. */
  title: string | null;
  /** Null: one. */
  partitions: number | null;
}

/**
 * Throws `conflict` where there is one of that name, which stays as it is. Only one that was cut off before it had its
 * keys is finished by asking again: nobody can have used it.
 */
export async function createProject(parts: EngineParts, wanted: Wanted): Promise<MadeProject> {
  const problems = problemsOf(wanted);
  if (problems.length > 0) throw invalid(problems);
  const { name } = wanted;
  const project = (await made(parts, wanted)) ?? (await cutOff(parts, name));
  if (project === null) {
    throw new RollcallError(
      "conflict",
      `There is a project ${JSON.stringify(name)} already; it was left alone.`,
    );
  }
  const key = (kind: KeyKind) =>
    createKey(parts, { project: name, kind, label: "first key", monitors: null });
  // The admin key last: until it is there the project counts as unfinished.
  const ping = await key("ping");
  return { project, ping, admin: await key("admin") };
}

/** By name; its cursor is the last name told. */
export async function listProjects(
  parts: EngineParts,
  { page }: { page: PageRequest },
): Promise<Page<ProjectSummary>> {
  const { cursor, limit } = page;
  if (cursor !== null && projectNameProblem(cursor) !== null) {
    throw invalid([{ field: "cursor", message: "was not made by this list" }]);
  }
  const rest = (await parts.store.listProjects()).filter(({ name }) => cursor === null || name > cursor);
  const told = rest.slice(0, limit);
  return {
    items: await Promise.all(told.map((project) => summaryOf(parts, project))),
    nextCursor: told.length < rest.length ? (told.at(-1)?.name ?? null) : null,
  };
}

async function summaryOf({ store, clock }: EngineParts, project: Project): Promise<ProjectSummary> {
  const { name } = project;
  const nowAt = clock.now();
  const [snapshot, channels, keys] = await Promise.all([
    store.loadProject(name),
    store.listChannels(name),
    store.listKeys(name),
  ]);
  const isGood = ({ revokedAt, expiresAt }: Key): boolean =>
    revokedAt === null && (expiresAt === null || expiresAt > nowAt);
  return {
    project,
    channels: channels.length,
    failingChannels: Object.keys(snapshot?.state.channelIncidents ?? {}).length,
    keys: keys.filter(isGood).length,
  };
}

function problemsOf({ name, title, partitions }: Wanted): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const nameProblem = projectNameProblem(name);
  if (nameProblem !== null) problems.push({ field: "name", message: nameProblem });
  if (title !== null && (title.trim() === "" || title.length > LIMITS.nameCharacters)) {
    problems.push({ field: "title", message: `must have 1 to ${LIMITS.nameCharacters} characters` });
  }
  const most = LIMITS.partitionsPerProject;
  if (partitions !== null && !(Number.isInteger(partitions) && partitions >= 1 && partitions <= most)) {
    problems.push({ field: "partitions", message: `must be a whole number from 1 to ${most}` });
  }
  return problems;
}

/** The project as it was made; null: there was one of this name. */
async function made({ store, clock }: EngineParts, wanted: Wanted): Promise<Project | null> {
  const { name, title, partitions } = wanted;
  const known = await store.listProjects();
  if (known.length >= LIMITS.projects && known.every((project) => project.name !== name)) {
    throw new RollcallError(
      "conflict",
      `There are ${LIMITS.projects} projects, which is as many as there can be.`,
    );
  }
  const project: Project = {
    name,
    title: title ?? name,
    createdAt: clock.now(),
    partitions: partitions ?? 1,
    operatorChannels: [],
    defaultChannels: [],
  };
  return (await store.createProject(project)) ? project : null;
}

/** The project of this name if nobody can have a key of it, nor is about to be given one; else null. */
async function cutOff({ store, clock }: EngineParts, name: string): Promise<Project | null> {
  const project = (await store.loadProject(name))?.project ?? null;
  if (project === null || clock.now() - project.createdAt < LIMITS.projectMakingMs) return null;
  const keys = await store.listKeys(name);
  return keys.some(({ kind }) => kind === "admin") ? null : project;
}
