/**
 * A configuration as it was read from its file, beside what is there: checked as a whole, so that one mistake
 * anywhere changes nothing, and turned into a plan.
 */
import {
  planConfiguration,
  type Applying,
  type ConfigurationPlan,
  type Present,
  type PresentThing,
  type ChannelValue,
  type Wanted,
} from "../domain/configuration-plan.ts";
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { ownerOf } from "../domain/managed.ts";
import type { MonitorInput } from "../domain/monitor-input.ts";
import { readSettings, slugProblem } from "../domain/monitor-settings.ts";
import type { MonitorSettings } from "../domain/monitor.ts";
import type { SettingsSchema } from "../ports/settings-schema.ts";
import type { MonitorSummary, Page } from "../ports/store.ts";
import { openSettings, readSettings as readChannelSettings, type Settings } from "./channel-settings.ts";
import { checkedKind } from "./channels.ts";
import type { LiveParts } from "./live-parts.ts";
import { uuidProblem } from "./ping-uuid.ts";
import { getProject, patchProblems, type ProjectPatch } from "./project.ts";
import { unknownChannelProblems } from "./save-monitor.ts";

/** What the file says, by name; monitors by slug. */
export interface Configured {
  project: ProjectPatch | null;
  channels: ReadonlyMap<string, { kind: string; settings: Settings }>;
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

/** Changes nothing. Throws `invalid_request` naming every field at fault, as `monitors.<slug>.grace`. */
export async function planOfConfiguration(
  parts: LiveParts,
  input: ConfigurationInput,
): Promise<PlannedConfiguration> {
  const { configuration, isPruning } = input;
  const present = await presentIn(parts, input.project);
  const { wanted, warnings } = await checked(parts, input, present);
  const plan = planConfiguration(wanted, present, { configuration, isPruning });
  const fingerprint = parts.vault.hash(JSON.stringify({ configuration, steps: plan.steps }));
  return { ...plan, configuration, fingerprint, warnings };
}

async function presentIn(parts: LiveParts, project: string): Promise<Present> {
  const { title, operatorChannels, defaultChannels } = await getProject(parts, { project });
  const channels = new Map<string, PresentThing<ChannelValue>>();
  for (const { name, kind, settings, managedBy = null } of await parts.store.listChannels(project)) {
    const schema = parts.channels.find((each) => each.kind === kind)?.settings ?? { fields: {} };
    const opened = openSettings(schema, settings, parts.vault) ?? {};
    channels.set(name, { ...splitSecrets(schema, { kind, settings: opened }), managedBy });
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
  return { project: { title, operatorChannels, defaultChannels }, channels, monitors };
}

/** Secrets are compared and never shown. */
function splitSecrets(schema: SettingsSchema, channel: ChannelValue) {
  const isSecret = (name: string): boolean => schema.fields[name]?.isSecret === true;
  const all = Object.entries(channel.settings);
  const secrets = Object.keys(schema.fields).filter(isSecret);
  return {
    value: { kind: channel.kind, settings: Object.fromEntries(all.filter(([name]) => !isSecret(name))) },
    hidden: Object.fromEntries(
      secrets.map((name) => [`settings.${name}`, textOrNull(channel.settings[name])] as const),
    ),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

interface Checking {
  parts: LiveParts;
  input: ConfigurationInput;
  present: Present;
  problems: FieldProblem[];
  warnings: FieldProblem[];
  /** The channels there are when the configuration has been applied. */
  channelNames: ReadonlySet<string>;
}

async function checked(
  parts: LiveParts,
  input: ConfigurationInput,
  present: Present,
): Promise<{ wanted: Wanted; warnings: readonly FieldProblem[] }> {
  const { configuration, isPruning, configured } = input;
  const staying = [...present.channels].filter(
    ([, { managedBy }]) => !(isPruning && managedBy?.configuration === configuration),
  );
  const channelNames = new Set([...configured.channels.keys(), ...staying.map(([name]) => name)]);
  const checking: Checking = { parts, input, present, problems: [], warnings: [], channelNames };
  const channels = checkedChannels(checking);
  const { project } = configured;
  if (project !== null) addWithin(checking, "project", patchProblems(project, channelNames));
  const monitors = checkedMonitors(checking);
  await checkPingUuids(checking);
  if (checking.problems.length > 0) throw invalid(checking.problems);
  return { wanted: { project, channels, monitors }, warnings: checking.warnings };
}

function checkedChannels(checking: Checking): Wanted["channels"] {
  const { parts, input, present } = checking;
  const channels = new Map<string, ReturnType<typeof splitSecrets>>();
  for (const [name, { kind, settings }] of input.configured.channels) {
    const place = `channels.${name}`;
    refuseOtherOwner(checking, place, present.channels.get(name));
    readWithin(checking, place, () => {
      const { settings: schema } = checkedKind(parts, { name, kind });
      const read = readChannelSettings(schema, settings, null);
      channels.set(name, splitSecrets(schema, { kind, settings: read }));
    });
  }
  return channels;
}

function checkedMonitors(checking: Checking): Wanted["monitors"] {
  const { parts, input, present, channelNames } = checking;
  const monitors = new Map<string, { value: MonitorSettings; hidden: Record<string, string> }>();
  const nowAt = parts.clock.now();
  const { configured } = input;
  if (configured.monitors.size > LIMITS.configurationMonitors) {
    const message = `has ${configured.monitors.size}; ${LIMITS.configurationMonitors} are allowed in one file`;
    throw invalid([{ field: "monitors", message }]);
  }
  for (const [slug, { input: monitor, pingUuid }] of configured.monitors) {
    const place = `monitors.${slug}`;
    refuseOtherOwner(checking, place, present.monitors.get(slug));
    const problem = slugProblem(slug);
    if (problem !== null) checking.problems.push({ field: place, message: problem });
    addWithin(checking, place, unknownChannelProblems(monitor, channelNames));
    readWithin(checking, place, () => {
      const { settings, warnings } = readSettings(slug, monitor, { before: null, nowAt });
      const hidden: Record<string, string> =
        pingUuid === undefined ? {} : { ping_uuid: parts.vault.hash(pingUuid) };
      monitors.set(slug, { value: settings, hidden });
      for (const message of warnings) checking.warnings.push({ field: place, message });
    });
  }
  return monitors;
}

/** Each belongs to one monitor of this Rollcall, whatever the project. */
async function checkPingUuids(checking: Checking): Promise<void> {
  const { parts, input, present, problems } = checking;
  const { store, vault } = parts;
  const seen = new Map<string, string>();
  for (const [slug, { pingUuid: uuid }] of input.configured.monitors) {
    if (uuid === undefined) continue;
    const field = `monitors.${slug}.ping_uuid`;
    const problem = uuidProblem(uuid);
    if (problem !== null) problems.push({ ...problem, field });
    const twin = seen.get(uuid);
    if (twin !== undefined) problems.push({ field, message: `is that of monitors.${twin} too` });
    seen.set(uuid, slug);
    const ref = await store.findMonitorByPing(vault.hash(uuid));
    if (ref === null || ref.deletedAt !== null) continue;
    const isOurs = ref.project === input.project;
    if (isOurs && (ref.slug === slug || isRemoved(input, present, ref.slug))) continue;
    const whose = isOurs ? `the monitor "${ref.slug}"` : "a monitor of another project";
    problems.push({ field, message: `is the ping UUID of ${whose} already` });
  }
}

function isRemoved(
  { configuration, isPruning, configured }: ConfigurationInput,
  present: Present,
  slug: string,
) {
  const owner = present.monitors.get(slug)?.managedBy?.configuration;
  return isPruning && owner === configuration && !configured.monitors.has(slug);
}

function refuseOtherOwner(
  { input, problems }: Checking,
  field: string,
  thing: Pick<PresentThing<unknown>, "managedBy"> | undefined,
): void {
  const owner = ownerOf(thing?.managedBy);
  if (owner === null || owner === input.configuration) return;
  problems.push({ field, message: `is written in the configuration ${owner} too: leave it in one of them` });
}

/** Whatever is wrong in there is told with its place in the file. */
function readWithin(checking: Checking, place: string, read: () => void): void {
  try {
    read();
  } catch (thrown) {
    if (!(thrown instanceof RollcallError)) throw thrown;
    if (thrown.problems.length > 0) addWithin(checking, place, thrown.problems);
    else checking.problems.push({ field: place, message: thrown.message });
  }
}

function addWithin({ problems }: Checking, place: string, found: readonly FieldProblem[]): void {
  for (const { field, message } of found) problems.push({ field: `${place}.${field}`, message });
}
