/** `channels/`: where messages go, under the UUIDs by which clients of Healthchecks name them. */
import type { MonitorView } from "../../engine/view-monitor.ts";
import type { Vault } from "../../ports/outside.ts";
import { ok, type Asked, type HealthchecksCall } from "./call.ts";

export interface KnownChannel {
  /** Always the same for a channel of this name, so that it need not be kept. */
  id: string;
  name: string;
  kind: string;
}

export const channelCalls: readonly HealthchecksCall[] = [
  {
    method: "GET",
    path: "/channels",
    access: "read",
    handle: async (asked) => ok({ channels: await knownChannels(asked) }),
  },
];

export async function knownChannels({
  parts,
  project,
}: Pick<Asked, "parts" | "project">): Promise<KnownChannel[]> {
  const channels = await parts.engine.listChannels({ project });
  return channels.map(({ name, kind }) => ({ id: idOf(parts.vault, { project, name }), name, kind }));
}

/** Which of them a monitor tells: its own, else the project's default ones. */
export async function toldChannels(
  asked: Pick<Asked, "parts" | "project">,
): Promise<(view: MonitorView) => readonly string[]> {
  const { parts, project } = asked;
  const ids = new Map((await knownChannels(asked)).map(({ id, name }) => [name, id]));
  const { defaultChannels } = await parts.engine.getProject({ project });
  return ({ monitor }) => {
    const names = monitor.settings.channels?.map(({ name }) => name) ?? defaultChannels;
    return names.flatMap((name) => ids.get(name) ?? []);
  };
}

/** A UUID of version 8: made of whatever its maker likes. */
function idOf(vault: Vault, { project, name }: { project: string; name: string }): string {
  const hash = vault.hash(`channel/${project}/${name}`);
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`];
  return [...parts, hash.slice(20, 32)].join("-");
}
