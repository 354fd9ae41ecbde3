/** Channels of a project: saved, shown without their secrets, listed, deleted. */
import { adoptFirstChannel } from "../domain/decide-project.ts";
import { invalid, RollcallError } from "../domain/errors.ts";
import { type Managed, refuseForeignEdit } from "../domain/managed.ts";
import { readSelfTestEvery, selfTestEveryOf } from "../domain/self-test.ts";
import type { ChannelKind } from "../ports/channel.ts";
import type { Channel } from "../ports/records.ts";
import { reportChannelTrouble } from "./announce-blind-spot.ts";
import { openSettings, readSettings, sealSettings, type Settings, showSettings } from "./channel-settings.ts";
import { commitProject } from "./commit-project.ts";
import type { EngineParts } from "./parts.ts";

export interface ChannelView {
  name: string;
  kind: string;
  /** Every field of the kind's schema; secrets are "set" or null. */
  settings: Settings;
  /** After how long without a delivery it is tried; null: never. */
  selfTestEveryMs: number | null;
  createdAt: number;
  updatedAt: number;
  managedBy: Managed | null;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,99}$/;

/** What a person or a configuration says of a channel. */
export interface ChannelGiven {
  kind: string;
  settings: Settings;
  selfTestEveryMs?: number | null | undefined;
}

interface NamedChannel {
  project: string;
  name: string;
}

/**
 * Creates or replaces; a project's first channel becomes its default and operator channel. Secrets left out of
 * `settings` stay as they were, as long as the kind is the same; a configuration (absent: a person) says them all.
 * `selfTestEveryMs`: absent is the default, 0 or null never.
 */
export async function saveChannel(
  parts: EngineParts,
  input: NamedChannel & ChannelGiven & { configuration?: string },
): Promise<{ channel: ChannelView; isCreated: boolean }> {
  const { project, name, configuration } = input;
  const kind = checkedKind(parts, input);
  const before = await parts.store.getChannel(project, name);
  refuseForeignEdit({ what: "channel", name, managedBy: before?.managedBy }, configuration ?? null);
  const isPatch = configuration === undefined && before?.kind === kind.kind;
  const previous = isPatch ? openSettings(kind.settings, before.settings, parts.vault) : null;
  const settings = readSettings(kind.settings, input.settings, previous);
  const selfTestEveryMs = readSelfTestEvery(input.selfTestEveryMs);
  const nowAt = parts.clock.now();
  const channel: Channel = {
    project,
    name,
    kind: kind.kind,
    settings: sealSettings(kind.settings, settings, parts.vault),
    selfTestEveryMs,
    createdAt: before?.createdAt ?? nowAt,
    updatedAt: nowAt,
    managedBy: configuration === undefined ? null : { configuration, goneAt: null },
  };
  await parts.store.putChannel(channel);
  const all = before === null ? await parts.store.listChannels(project) : [];
  if (all.length === 1) await commitProject(parts, project, (snapshot) => adoptFirstChannel(snapshot, name));
  return { channel: viewOf(parts, channel), isCreated: before === null };
}

export async function getChannel(parts: EngineParts, input: NamedChannel): Promise<ChannelView> {
  const channel = await parts.store.getChannel(input.project, input.name);
  if (channel === null) throw unknownChannel(input.name);
  return viewOf(parts, channel);
}

/** By name. */
export async function listChannels(parts: EngineParts, input: { project: string }): Promise<ChannelView[]> {
  const channels = await parts.store.listChannels(input.project);
  const views = channels.map((channel) => viewOf(parts, channel));
  return views.sort((one, two) => (one.name < two.name ? -1 : 1));
}

/**
 * What was still to be sent there is dropped. Monitors that name it keep its name, and tell nobody by it. Trouble with it
 * is over.
 */
export async function deleteChannel(
  parts: EngineParts,
  input: NamedChannel & { configuration?: string },
): Promise<void> {
  const { store } = parts;
  const before = await store.getChannel(input.project, input.name);
  const { project, name, configuration } = input;
  refuseForeignEdit({ what: "channel", name, managedBy: before?.managedBy }, configuration ?? null);
  if (!(await store.deleteChannel(project, name))) throw unknownChannel(name);
  await reportChannelTrouble(parts, { project, channel: name, type: "deleted", code: "deleted", detail: "" });
}

/** It is in its configuration no longer: kept, since somebody may still be told by it, and free for edits. */
export async function retireChannel(
  { store, clock }: EngineParts,
  input: NamedChannel & { configuration: string },
): Promise<void> {
  const { project, name, configuration } = input;
  const channel = await store.getChannel(project, name);
  if (channel === null) throw unknownChannel(name);
  await store.putChannel({ ...channel, managedBy: { configuration, goneAt: clock.now() } });
}

export function unknownChannel(name: string): RollcallError {
  return new RollcallError(
    "not_found",
    `There is no channel ${JSON.stringify(name.slice(0, 120))} in this project.`,
  );
}

/** The kind that is named; throws `invalid_request` for an unknown one, and for a name that can be none. */
export function checkedKind({ channels }: EngineParts, input: { name: string; kind: string }): ChannelKind {
  if (!NAME.test(input.name)) {
    const message = 'must be 1 to 100 of a-z, 0-9, "_" and "-", beginning with a letter or digit';
    throw invalid([{ field: "name", message }]);
  }
  const kind = channels.find((each) => each.kind === input.kind);
  if (kind !== undefined) return kind;
  const shown = JSON.stringify(input.kind.slice(0, 120));
  const allowed = channels.map((each) => each.kind).join(", ");
  throw invalid([{ field: "kind", message: `${shown} is not one of ${allowed}` }]);
}

function viewOf(
  { channels }: EngineParts,
  { name, kind, settings, selfTestEveryMs, createdAt, updatedAt, managedBy = null }: Channel,
): ChannelView {
  const schema = channels.find((each) => each.kind === kind)?.settings;
  // Of a kind that is not known here nobody can say which settings are secret: none is shown.
  return {
    name,
    kind,
    settings: schema === undefined ? {} : showSettings(schema, settings),
    selfTestEveryMs: selfTestEveryOf(selfTestEveryMs),
    createdAt,
    updatedAt,
    managedBy,
  };
}
