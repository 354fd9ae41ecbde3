/** A channel as configurations compare it: what may be shown, and its secrets, which are compared and never shown. */
import type { ChannelValue, Thing } from "../domain/configuration-plan.ts";
import type { SettingsSchema } from "../ports/settings-schema.ts";

/** `settings`: opened, secrets in clear. */
export function channelThing(schema: SettingsSchema, channel: ChannelValue): Thing<ChannelValue> {
  const { settings } = channel;
  const isSecret = (name: string): boolean => schema.fields[name]?.isSecret === true;
  const secrets = Object.keys(schema.fields).filter(isSecret);
  const shown = Object.entries(settings).filter(([name]) => !isSecret(name));
  return {
    value: { ...channel, settings: Object.fromEntries(shown) },
    hidden: Object.fromEntries(
      secrets.map((name) => [`settings.${name}`, textOrNull(settings[name])] as const),
    ),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
