/** A configuration as it was read from its file, beside what is there, and the plan that follows. */
import {
  planConfiguration,
  type Applying,
  type ConfigurationPlan,
  type Present,
  type PresentThing,
  type ChannelValue,
  type ContractValue,
  type Thing,
  type Wanted,
} from "../domain/configuration-plan.ts";
import type { FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { MonitorInput } from "../domain/monitor-input.ts";
import type { MonitorSettings } from "../domain/monitor.ts";
import { selfTestEveryOf } from "../domain/self-test.ts";
import type { MonitorSummary, Page } from "../ports/store.ts";
import { openSettings } from "./channel-settings.ts";
import { channelThing } from "./channel-thing.ts";
import type { ChannelGiven } from "./channels.ts";
import { checkConfiguration } from "./check-configuration.ts";
import { contractThing } from "./contract-thing.ts";
import type { ContractSaid } from "./contracts.ts";
import type { LiveParts } from "./live-parts.ts";
import { getProject, type ProjectPatch } from "./project.ts";

/** What the file says, by name; monitors by slug. */
export interface Configured {
  project: ProjectPatch | null;
  contracts: ReadonlyMap<string, ContractSaid>;
  channels: ReadonlyMap<string, ChannelGiven>;
  monitors: ReadonlyMap<string, { input: MonitorInput; pingUuid?: string }>;
}

export interface ConfigurationInput extends Applying {
  project: string;
  configured: Configured;
}

export interface PlannedConfiguration extends ConfigurationPlan {
  configuration: string;
  /** Tells whether a plan made again is still this one. */
  fingerprint: string;
  /** What is doubtful, by field. */
  warnings: readonly FieldProblem[];
}

/** Changes nothing. Throws `invalid_request` where the configuration is not as it must be. */
export async function planOfConfiguration(
  parts: LiveParts,
  input: ConfigurationInput,
): Promise<PlannedConfiguration> {
  const { configuration, isPruning } = input;
  const present = await presentIn(parts, input.project);
  const { wanted, warnings } = await checkConfiguration(parts, input, present);
  const plan = planConfiguration(wanted, present, { configuration, isPruning });
  const fingerprint = parts.vault.hash(JSON.stringify({ configuration, steps: plan.steps }));
  return {
    ...plan,
    configuration,
    fingerprint,
    warnings: [...warnings, ...lostListeners(plan, wanted, present)],
  };
}

/** Channels that are deleted although the project still tells them: then nobody is told. */
function lostListeners({ steps }: ConfigurationPlan, wanted: Wanted, present: Present): FieldProblem[] {
  const told = { ...present.project, ...wanted.project };
  const names = new Set([...told.operatorChannels, ...told.defaultChannels]);
  return steps
    .filter(({ what, act, name }) => what === "channel" && act === "remove" && names.has(name))
    .map(({ name }) => ({
      field: `channels.${name}`,
      message: "is deleted, and the project still names it: nobody is told there",
    }));
}

async function presentIn(parts: LiveParts, project: string): Promise<Present> {
  const own = await getProject(parts, { project });
  const { title, operatorChannels, defaultChannels, accepts = null, targets = [] } = own;
  const channels = new Map<string, PresentThing<ChannelValue>>();
  for (const channel of await parts.store.listChannels(project)) {
    const { name, kind, managedBy = null } = channel;
    const schema = parts.channels.find((each) => each.kind === kind)?.settings ?? { fields: {} };
    const settings = openSettings(schema, channel.settings, parts.vault) ?? {};
    const selfTestEveryMs = selfTestEveryOf(channel.selfTestEveryMs);
    channels.set(name, { ...channelThing(schema, { kind, settings, selfTestEveryMs }), managedBy });
  }
  const contracts = new Map<string, Thing<ContractValue>>();
  const { state } = (await parts.store.loadProject(project)) ?? {};
  for (const [name, stored] of Object.entries(state?.contracts ?? {})) {
    contracts.set(name, contractThing(parts.vault, stored));
  }
  const monitors = new Map<string, PresentThing<MonitorSettings>>();
  let cursor: string | null = null;
  do {
    const page: Page<MonitorSummary> = await parts.store.listMonitors(project, {
      cursor,
      limit: LIMITS.pageItems,
    });
    for (const { monitor } of page.items) {
      const { settings: value, pingHash, managedBy = null } = monitor;
      monitors.set(monitor.slug, { value, hidden: { ping_uuid: pingHash }, managedBy });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return {
    project: { title, operatorChannels, defaultChannels, accepts, targets },
    contracts,
    channels,
    monitors,
  };
}
