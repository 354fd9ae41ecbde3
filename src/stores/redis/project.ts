/** Projects and what they own, in their homes: keys, channels, plans. */
import { assert } from "../../domain/assert.ts";
import type { Plan } from "../../domain/hearing.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Project, ProjectState } from "../../domain/project.ts";
import type { ProjectStore } from "../../ports/store.ts";
import { FIRST_PROJECT_STATE } from "../merging.ts";
import { channels } from "./project/channels.ts";
import { keys } from "./project/keys.ts";
import argumentsLua from "./lua/arguments.lua";
import createProjectLua from "./lua/create-project.lua";
import { projectKey, type RedisParts } from "./parts.ts";
import { baseOf, homeOf, type Place, placeNamed } from "./places.ts";
import { projectCommitter } from "./project/project-commits.ts";
import { scriptOf } from "./connection/scripts.ts";

const CREATE = scriptOf("create-project", argumentsLua, createProjectLua);

export function projectSection(parts: RedisParts): ProjectStore {
  return { ...projects(parts), ...keys(parts), ...channels(parts), ...plans(parts) };
}

type Projects = Pick<
  ProjectStore,
  "createProject" | "listProjects" | "loadProject" | "commitProject" | "dueProjects"
>;

function projects(parts: RedisParts): Projects {
  const { connection, places } = parts;
  const namesKey = `${connection.prefix}:projects`;
  const names = (): Promise<string[]> => connection.ask((client) => client.smembers(namesKey));

  return {
    async createProject(project) {
      const { name, partitions = 1 } = project;
      const most = LIMITS.partitionsPerProject;
      const isMany = Number.isInteger(partitions) && partitions >= 1 && partitions <= most;
      assert(isMany, `1 to ${most} partitions`);
      const all = Array.from({ length: partitions }, (_none, number): Place => ({ project: name, number }));
      await Promise.all(all.map((place) => places.enter(place)));
      await connection.ask((client) => client.sadd(namesKey, name));
      const [document, state] = [project, FIRST_PROJECT_STATE].map((part) => JSON.stringify(part));
      const made = await connection.run(CREATE, homeOf(name), document ?? null, state ?? null, partitions);
      return made === 1;
    },

    async listProjects() {
      const all = (await names()).toSorted();
      const documents = await connection.ask((client) =>
        Promise.all(all.map((name) => client.hget(projectKey(connection, name), "document"))),
      );
      // A name without a document is of a project whose making was interrupted.
      return documents.flatMap((document) => (document === null ? [] : (JSON.parse(document) as Project)));
    },

    async loadProject(name) {
      const fields = ["document", "state", "version"];
      const [document, state, version] = await connection.ask((client) =>
        client.hmget(projectKey(connection, name), ...fields),
      );
      if (!document || !state) return null;
      return {
        project: JSON.parse(document) as Project,
        state: JSON.parse(state) as ProjectState,
        version: Number(version),
      };
    },

    commitProject: projectCommitter(parts),

    async dueProjects(nowAt, partition) {
      const wanted = partition === undefined ? await names() : projectsAt(placeNamed(partition));
      const instants = await connection.ask((client) =>
        Promise.all(wanted.map((name) => client.hget(projectKey(connection, name), "due"))),
      );
      return wanted
        .flatMap((name, index) => (instants[index] ? [{ name, dueAt: Number(instants[index]) }] : []))
        .filter(({ dueAt }) => dueAt <= nowAt)
        .toSorted((one, other) => one.dueAt - other.dueAt || (one.name < other.name ? -1 : 1))
        .map(({ name }) => name);
    },
  };
}

function projectsAt({ project, number }: Place): string[] {
  return number === 0 ? [project] : [];
}

function plans({
  connection,
  places,
}: RedisParts): Pick<ProjectStore, "putPlan" | "listPlans" | "deletePlan"> {
  const plansKey = (project: string): string => `${baseOf(connection, homeOf(project))}plans`;
  return {
    async putPlan(plan) {
      await places.enter(homeOf(plan.project));
      await connection.ask((client) => client.hset(plansKey(plan.project), plan.id, JSON.stringify(plan)));
    },

    async listPlans(project, endAfterAt) {
      const documents = await connection.ask((client) => client.hvals(plansKey(project)));
      return documents
        .map((document) => JSON.parse(document) as Plan)
        .filter(({ untilAt }) => untilAt > endAfterAt)
        .toSorted((one, other) => one.fromAt - other.fromAt || (one.id < other.id ? -1 : 1));
    },

    deletePlan: (project, id) =>
      connection.ask(async (client) => (await client.hdel(plansKey(project), id)) > 0),
  };
}
