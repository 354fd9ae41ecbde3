/**
 * What applying a configuration would do: what it says beside what is there, thing by thing. Pure, so that the plan
 * that is shown and the one that is carried out are made by the same rules.
 */
import { ownerOf, type Managed } from "./managed.ts";
import { isSameSettings } from "./decide/configure.ts";
import type { MonitorSettings } from "./monitor.ts";
import type { Project } from "./project.ts";

/** `adopt`: it was there, made by hand; `return`: it had left the file; `leave`: it is in the file no longer. */
export type Act = "add" | "change" | "adopt" | "return" | "leave" | "remove";

/** Something that a configuration says, or that is there. */
export interface Thing<Value> {
  value: Value;
  /** Names of fields that are never shown, each with what tells one value from another. */
  hidden: Readonly<Record<string, string | null>>;
}

export interface PresentThing<Value> extends Thing<Value> {
  managedBy: Managed | null;
}

/** A channel without its secrets. */
export interface ChannelValue {
  kind: string;
  settings: Readonly<Record<string, unknown>>;
  selfTestEveryMs: number | null;
}

/** As the API writes it, without its secrets. */
export type ContractValue = Readonly<Record<string, unknown>>;

/** Only what the configuration says of it. */
export type ProjectValue = Partial<
  Pick<Project, "title" | "operatorChannels" | "defaultChannels" | "accepts" | "targets">
>;

export interface Wanted {
  project: ProjectValue | null;
  contracts: ReadonlyMap<string, Thing<ContractValue>>;
  /** By name; monitors by slug. */
  channels: ReadonlyMap<string, Thing<ChannelValue>>;
  monitors: ReadonlyMap<string, Thing<MonitorSettings>>;
}

export interface Present {
  project: Required<ProjectValue>;
  contracts: ReadonlyMap<string, Thing<ContractValue>>;
  channels: ReadonlyMap<string, PresentThing<ChannelValue>>;
  monitors: ReadonlyMap<string, PresentThing<MonitorSettings>>;
}

export type Step =
  | StepOf<"project", ProjectValue>
  | StepOf<"contract", ContractValue>
  | StepOf<"channel", ChannelValue>
  | StepOf<"monitor", MonitorSettings>;

export interface StepOf<What, Value> {
  what: What;
  name: string;
  act: Act;
  before: Value | null;
  after: Value | null;
  /** Hidden fields that change, and whether each was there before and is there after. */
  hidden: readonly HiddenChange[];
}

export interface HiddenChange {
  field: string;
  wasSet: boolean;
  isSet: boolean;
}

export interface ConfigurationPlan {
  /** In the order in which they are carried out. */
  steps: readonly Step[];
  unchanged: number;
  /** Left the file earlier, and still there. */
  kept: readonly { what: "channel" | "monitor"; name: string }[];
  /** The configuration's monitors up to now, and how many of them are in it no longer. */
  monitors: { before: number; leaving: number };
}

/** What a file that was cut off looks like: a person has to look at that before it is done. */
export function isMostlyGone({ monitors }: ConfigurationPlan): boolean {
  return monitors.leaving * 2 > monitors.before;
}

export interface Applying {
  /** What the file is called: what it owns is marked with that. */
  configuration: string;
  /** Delete what is in the file no longer. */
  isPruning: boolean;
}

/**
 * Contracts and channels come before what names them. Contracts stay when they leave the file: who checks in by one may be
 * anybody's. Channels are removed when nothing of the configuration names them any more. Monitors are
 * removed before others are added, which may have their ping URLs.
 */
export function planConfiguration(wanted: Wanted, present: Present, applying: Applying): ConfigurationPlan {
  const channels = stepsFor("channel", { wanted: wanted.channels, present: present.channels }, applying);
  const monitors = stepsFor("monitor", { wanted: wanted.monitors, present: present.monitors }, applying);
  const project = wanted.project === null ? null : projectStep(wanted.project, present.project);
  const contracts = contractSteps(wanted.contracts, present.contracts);
  const before = [...present.monitors].filter(
    ([, { managedBy }]) => ownerOf(managedBy) === applying.configuration,
  );
  const leaving = before.filter(([slug]) => !wanted.monitors.has(slug));
  const isRemoval = ({ act }: Step): boolean => act === "remove";
  const steps: Step[] = [
    ...contracts,
    ...channels.steps.filter((step) => !isRemoval(step)),
    ...(project === null ? [] : [project]),
    ...monitors.steps.filter(isRemoval),
    ...monitors.steps.filter((step) => !isRemoval(step)),
    ...channels.steps.filter(isRemoval),
  ];
  return {
    steps,
    unchanged:
      channels.unchanged +
      monitors.unchanged +
      (wanted.contracts.size - contracts.length) +
      Number(wanted.project !== null && project === null),
    kept: [...channels.kept, ...monitors.kept],
    monitors: { before: before.length, leaving: leaving.length },
  };
}

function projectStep(after: ProjectValue, present: Required<ProjectValue>): Step | null {
  const names = Object.keys(after) as (keyof ProjectValue)[];
  const before = Object.fromEntries(names.map((name) => [name, present[name]]));
  if (isSameSettings(before, after)) return null;
  return { what: "project", name: "project", act: "change", before, after, hidden: [] };
}

function contractSteps(wanted: Wanted["contracts"], present: Present["contracts"]): Step[] {
  return [...wanted.keys()].sort().flatMap((name): Step[] => {
    const after = wanted.get(name) ?? null;
    const before = present.get(name) ?? null;
    const hidden = hiddenChanges(after, before);
    if (before !== null && hidden.length === 0 && isSameSettings(after?.value, before.value)) return [];
    const act = before === null ? "add" : "change";
    return [
      { what: "contract", name, act, before: before?.value ?? null, after: after?.value ?? null, hidden },
    ];
  });
}

function stepsFor<What extends "channel" | "monitor", Value>(
  what: What,
  things: { wanted: ReadonlyMap<string, Thing<Value>>; present: ReadonlyMap<string, PresentThing<Value>> },
  applying: Applying,
) {
  const steps: StepOf<What, Value>[] = [];
  const kept: { what: What; name: string }[] = [];
  let unchanged = 0;
  const names = [...new Set([...things.wanted.keys(), ...things.present.keys()])].sort();
  for (const name of names) {
    const wanted = things.wanted.get(name) ?? null;
    const present = things.present.get(name) ?? null;
    const hidden = hiddenChanges(wanted, present);
    const act = actOn({ wanted, present, hidden }, applying);
    if (act === "keep") kept.push({ what, name });
    if (act === "nothing") unchanged += 1;
    if (act === "keep" || act === "nothing" || act === "ignore") continue;
    steps.push({ what, name, act, before: present?.value ?? null, after: wanted?.value ?? null, hidden });
  }
  return { steps, kept, unchanged };
}

/** `nothing`: as it should be; `keep`: it left earlier; `ignore`: it is not this configuration's. */
function actOn<Value>(
  thing: {
    wanted: Thing<Value> | null;
    present: PresentThing<Value> | null;
    hidden: readonly HiddenChange[];
  },
  { configuration, isPruning }: Applying,
): Act | "nothing" | "keep" | "ignore" {
  const { wanted, present, hidden } = thing;
  if (present === null) return "add";
  const { managedBy } = present;
  if (wanted === null) {
    if (managedBy?.configuration !== configuration) return "ignore";
    if (isPruning) return "remove";
    return managedBy.goneAt === null ? "leave" : "keep";
  }
  if (ownerOf(managedBy) !== configuration) {
    return managedBy?.configuration === configuration ? "return" : "adopt";
  }
  return hidden.length === 0 && isSameSettings(wanted.value, present.value) ? "nothing" : "change";
}

function hiddenChanges<Value>(
  wanted: Thing<Value> | null,
  present: Thing<Value> | null,
): readonly HiddenChange[] {
  if (wanted === null) return [];
  return Object.entries(wanted.hidden)
    .map(([field, value]) => ({ field, value, before: present?.hidden[field] ?? null }))
    .filter(({ value, before }) => value !== before)
    .map(({ field, value, before }) => ({ field, wasSet: before !== null, isSet: value !== null }));
}
