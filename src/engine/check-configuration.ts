/** A configuration checked as a whole, so that one mistake anywhere changes nothing, and every one is named at once. */
import type {
  ChannelValue,
  ContractValue,
  Present,
  PresentThing,
  Thing,
  Wanted,
} from "../domain/configuration-plan.ts";
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { ownerOf } from "../domain/managed.ts";
import { readSettings, slugProblem } from "../domain/monitor-settings.ts";
import type { MonitorSettings } from "../domain/monitor.ts";
import { readSelfTestEvery } from "../domain/self-test.ts";
import { unknownContractProblems } from "../domain/trust/accepted.ts";
import { readSettings as readChannelSettings } from "./channel-settings.ts";
import { channelThing } from "./channel-thing.ts";
import { checkedKind } from "./channels.ts";
import type { ConfigurationInput } from "./configuration.ts";
import { contractSaidThing } from "./contract-thing.ts";
import { checkedContract } from "./contracts.ts";
import type { LiveParts } from "./live-parts.ts";
import { uuidProblem } from "./ping-uuid.ts";
import { patchProblems } from "./project.ts";
import { expertProblems, unknownChannelProblems } from "./save-monitor.ts";

interface Checking {
  parts: LiveParts;
  input: ConfigurationInput;
  present: Present;
  problems: FieldProblem[];
  warnings: FieldProblem[];
  /** The channels there are when the configuration has been applied. */
  channelNames: ReadonlySet<string>;
  contractNames: ReadonlySet<string>;
}

/** What it comes to. Throws `invalid_request` naming every field at fault, as `monitors.<slug>.grace`. */
export async function checkConfiguration(
  parts: LiveParts,
  input: ConfigurationInput,
  present: Present,
): Promise<{ wanted: Wanted; warnings: readonly FieldProblem[] }> {
  const { configuration, isPruning, configured } = input;
  const staying = [...present.channels].filter(
    ([, { managedBy }]) => !(isPruning && managedBy?.configuration === configuration),
  );
  const channelNames = new Set([...configured.channels.keys(), ...staying.map(([name]) => name)]);
  const checking: Checking = {
    parts,
    input,
    present,
    problems: [],
    warnings: [],
    channelNames,
    contractNames: new Set([...present.contracts.keys(), ...configured.contracts.keys()]),
  };
  const contracts = checkedContracts(checking);
  const channels = checkedChannels(checking);
  const { project } = configured;
  if (project !== null) addWithin(checking, "project", patchProblems(project, checking));
  const monitors = checkedMonitors(checking);
  for (const [slug, { input: monitor }] of configured.monitors) {
    addWithin(checking, `monitors.${slug}`, await expertProblems(parts, monitor));
  }
  await checkPingUuids(checking);
  if (checking.problems.length > 0) throw invalid(checking.problems);
  return { wanted: { project, contracts, channels, monitors }, warnings: checking.warnings };
}

function checkedContracts(checking: Checking): Wanted["contracts"] {
  const { parts, input, problems, contractNames } = checking;
  const contracts: Map<string, Thing<ContractValue>> = new Map();
  if (contractNames.size > LIMITS.contractsPerProject) {
    const message = `come to ${contractNames.size} with those that are there; ${LIMITS.contractsPerProject} are allowed`;
    problems.push({ field: "contracts", message });
  }
  for (const [name, said] of input.configured.contracts) {
    const place = `contracts.${name}`;
    readWithin(checking, place, () => {
      const contract = checkedContract(parts, { name, ...said });
      if (said.secrets === null && contract.scheme !== "oidc") {
        const message = "is missing: refer to a variable of the environment, as ${NAME}";
        throw invalid([{ field: "secret", message }]);
      }
      contracts.set(name, contractSaidThing(contract, said.secrets));
    });
  }
  return contracts;
}

function checkedChannels(checking: Checking): Wanted["channels"] {
  const { parts, input, present } = checking;
  const channels = new Map<string, Thing<ChannelValue>>();
  for (const [name, { kind, settings, selfTestEveryMs: given }] of input.configured.channels) {
    const place = `channels.${name}`;
    refuseOtherOwner(checking, place, present.channels.get(name));
    readWithin(checking, place, () => {
      const { settings: schema } = checkedKind(parts, { name, kind });
      const read = readChannelSettings(schema, settings, null);
      const selfTestEveryMs = readSelfTestEvery(given);
      channels.set(name, channelThing(schema, { kind, settings: read, selfTestEveryMs }));
    });
  }
  return channels;
}

function checkedMonitors(checking: Checking): Wanted["monitors"] {
  const { parts, input, present, channelNames } = checking;
  const monitors = new Map<string, Thing<MonitorSettings>>();
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
    addWithin(checking, place, unknownContractProblems(monitor.accepts, checking.contractNames));
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
): boolean {
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
  const message = `is written in the configuration ${owner} too: leave it in one of them, or if this is that one under another name, say name: ${owner} in it`;
  problems.push({ field, message });
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
