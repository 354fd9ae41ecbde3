/** Projects and what they own: keys, channels, plans. */
import type { ProjectStore } from "../../ports/store.ts";
import { FIRST_PROJECT_STATE, replacedKey } from "../merging.ts";
import { by } from "../order.ts";
import { addToLane, assertNew, putIncidents } from "./changes.ts";
import { copy, given, keyOf, type Tables } from "./tables.ts";

export function projectSection(tables: Tables): ProjectStore {
  return { ...projects(tables), ...keys(tables), ...channels(tables), ...plans(tables) };
}

type Projects = Pick<
  ProjectStore,
  "createProject" | "listProjects" | "loadProject" | "commitProject" | "dueProjects"
>;

function projects(tables: Tables): Projects {
  return {
    async createProject(project) {
      if (tables.projects.has(project.name)) return false;
      const state = copy(FIRST_PROJECT_STATE);
      tables.projects.set(project.name, { project: given(project), state, version: 1, dueAt: null });
      return true;
    },

    async listProjects() {
      const all = [...tables.projects.values()].map(({ project }) => project);
      return copy(all.sort(by((project) => project.name)));
    },

    async loadProject(name) {
      const kept = tables.projects.get(name);
      return kept === undefined
        ? null
        : copy({ project: kept.project, state: kept.state, version: kept.version });
    },

    async commitProject(wanted) {
      const change = given(wanted);
      const kept = tables.projects.get(change.project.name);
      if (kept === undefined || kept.version !== change.baseVersion) return "stale";
      assertNew(tables, change);
      kept.project = change.project;
      kept.state = change.state;
      kept.version += 1;
      kept.dueAt = change.dueAt;
      putIncidents(tables, change.incidents);
      for (const notification of change.notifications) addToLane(tables, notification);
      for (const { blindSpotId, monitorIds } of change.reported) {
        for (const monitorId of monitorIds) {
          const unknown = tables.unknowns.get(keyOf(blindSpotId, monitorId));
          if (unknown !== undefined) unknown.isReported = true;
        }
      }
      return "committed";
    },

    async dueProjects(nowAt) {
      const due: { name: string; dueAt: number }[] = [];
      for (const [name, { dueAt }] of tables.projects)
        if (dueAt !== null && dueAt <= nowAt) due.push({ name, dueAt });
      return due
        .sort(
          by(
            (one) => one.dueAt,
            (one) => one.name,
          ),
        )
        .map(({ name }) => name);
    },
  };
}

function keys(tables: Tables): Pick<ProjectStore, "putKey" | "getKey" | "listKeys"> {
  return {
    async putKey(key) {
      tables.keys.set(key.id, given(replacedKey(tables.keys.get(key.id) ?? null, key)));
    },
    async getKey(id) {
      return copy(tables.keys.get(id) ?? null);
    },
    async listKeys(project) {
      const found = [...tables.keys.values()].filter((key) => key.project === project);
      return copy(
        found.sort(
          by(
            (key) => key.createdAt,
            (key) => key.id,
          ),
        ),
      );
    },
  };
}

type Channels = Pick<ProjectStore, "putChannel" | "getChannel" | "listChannels" | "deleteChannel">;

function channels(tables: Tables): Channels {
  return {
    async putChannel(channel) {
      tables.channels.set(keyOf(channel.project, channel.name), given(channel));
    },
    async getChannel(project, name) {
      return copy(tables.channels.get(keyOf(project, name)) ?? null);
    },
    async listChannels(project) {
      const found = [...tables.channels.values()].filter((channel) => channel.project === project);
      return copy(found.sort(by((channel) => channel.name)));
    },
    async deleteChannel(project, name) {
      if (!tables.channels.delete(keyOf(project, name))) return false;
      for (const lane of tables.lanes.values()) {
        if (lane.project !== project || lane.channel !== name) continue;
        for (const id of lane.pending) {
          const pending = tables.notifications.get(id);
          if (pending !== undefined) tables.notifications.set(id, { ...pending, status: "dropped" });
        }
        Object.assign(lane, { thread: null, hasSent: false, leasedUntil: 0, pending: [] });
      }
      return true;
    },
  };
}

function plans(tables: Tables): Pick<ProjectStore, "putPlan" | "listPlans" | "deletePlan"> {
  return {
    async putPlan(plan) {
      tables.plans.set(keyOf(plan.project, plan.id), given(plan));
    },
    async listPlans(project, endAfterAt) {
      const found = [...tables.plans.values()].filter(
        (plan) => plan.project === project && plan.untilAt > endAfterAt,
      );
      return copy(
        found.sort(
          by(
            (plan) => plan.fromAt,
            (plan) => plan.id,
          ),
        ),
      );
    },
    async deletePlan(project, id) {
      return tables.plans.delete(keyOf(project, id));
    },
  };
}
