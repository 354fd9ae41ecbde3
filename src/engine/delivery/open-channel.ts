/** From a channel's name to its kind and its settings with the secrets in clear, or the reason why there is no way. */
import type { ChannelKind } from "../../ports/channel.ts";
import { openSettings, withDefaults } from "../channel-settings.ts";
import type { EngineParts } from "../parts.ts";

export type OpenedChannel =
  | { isOpen: true; kind: ChannelKind; settings: Readonly<Record<string, unknown>> }
  | { isOpen: false; status: "dropped" | "failed"; code: string; detail: string };

export async function openChannel(
  { store, vault, channels }: EngineParts,
  wanted: { project: string; channel: string },
): Promise<OpenedChannel> {
  const channel = await store.getChannel(wanted.project, wanted.channel);
  if (channel === null) {
    return {
      isOpen: false,
      status: "dropped",
      code: "channel_deleted",
      detail: "The channel is no longer there.",
    };
  }
  const kind = channels.find((each) => each.kind === channel.kind);
  if (kind === undefined) {
    const detail = `This Rollcall knows no channel of kind ${channel.kind}.`;
    return { isOpen: false, status: "failed", code: "unknown_kind", detail };
  }
  const settings = openSettings(kind.settings, channel.settings, vault);
  if (settings === null) {
    const detail = "The channel's secrets were sealed with another key file: enter them again.";
    return { isOpen: false, status: "failed", code: "secrets_unreadable", detail };
  }
  return { isOpen: true, kind, settings: withDefaults(kind.settings, settings) };
}
