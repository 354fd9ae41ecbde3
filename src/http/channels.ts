/** `/v1/channels`: where messages go. Secrets are written and never read back. */
import { z } from "@hono/zod-openapi";
import { ownerOf } from "../domain/managed.ts";
import type { ChannelGiven, ChannelView } from "../engine/channels.ts";
import { call, type Call } from "./call.ts";
import {
  durationIn,
  instant,
  instantOut,
  listOf,
  managedByOut,
  pageOf,
  pageOfWhole,
  pageQuery,
  secondsOrNull,
  secondsOut,
  shownPage,
} from "./schemas.ts";

/** What the settings must be is said by the channel's kind; its problems never repeat a value. */
export const channelIn = z.strictObject({
  kind: z.string().describe("slack, email or webhook."),
  settings: z.record(z.string(), z.unknown()).describe("What the kind needs to reach its receiver."),
  self_test_every: durationIn
    .nullish()
    .describe("A channel that has delivered nothing for so long is tried; null for never. Default: 7d."),
});

export function channelGivenOf({
  kind,
  settings,
  self_test_every,
}: z.output<typeof channelIn>): ChannelGiven {
  return { kind, settings, selfTestEveryMs: self_test_every };
}

const channelOut = z
  .object({
    name: z.string(),
    kind: z.string(),
    settings: z.record(z.string(), z.unknown()).openapi({ description: "Secrets read `set`, or null." }),
    self_test_every: secondsOut.nullable(),
    created_at: instantOut,
    updated_at: instantOut,
    managed_by: managedByOut,
  })
  .openapi("Channel");

function shownChannel(channel: ChannelView): z.input<typeof channelOut> {
  return {
    name: channel.name,
    kind: channel.kind,
    settings: { ...channel.settings },
    self_test_every: secondsOrNull(channel.selfTestEveryMs),
    created_at: instant(channel.createdAt),
    updated_at: instant(channel.updatedAt),
    managed_by: ownerOf(channel.managedBy),
  };
}

export const channelCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/channels",
    access: "read",
    about: "All channels, by name.",
    query: pageQuery,
    answer: listOf(channelOut),
    handle: async ({ parts, project, query }) =>
      shownPage(pageOfWhole(await parts.engine.listChannels({ project }), pageOf(query)), shownChannel),
  }),

  call({
    method: "get",
    path: "/v1/channels/{name}",
    access: "read",
    about: "One channel, without its secrets.",
    answer: channelOut,
    handle: async ({ parts, project, path }) =>
      shownChannel(await parts.engine.getChannel({ project, name: path("name") })),
  }),

  call({
    method: "put",
    path: "/v1/channels/{name}",
    access: "admin",
    about: "Creates or replaces. Secrets left out stay as they were.",
    body: channelIn,
    answer: channelOut,
    async handle({ parts, project, path, body, created }) {
      const saved = await parts.engine.saveChannel({ project, name: path("name"), ...channelGivenOf(body) });
      if (saved.isCreated) created();
      return shownChannel(saved.channel);
    },
  }),

  call({
    method: "delete",
    path: "/v1/channels/{name}",
    access: "admin",
    about: "Deletes it. What was still to be sent there is dropped.",
    answer: null,
    async handle({ parts, project, path }) {
      await parts.engine.deleteChannel({ project, name: path("name") });
    },
  }),

  call({
    method: "post",
    path: "/v1/channels/{name}/test",
    access: "admin",
    about: "Sends one message now and says what came of it.",
    answer: z.object({ sent: z.boolean(), code: z.string(), detail: z.string() }).openapi("ChannelTest"),
    async handle({ parts, project, path }) {
      const { isSent, code, detail } = await parts.engine.testChannel({ project, name: path("name") });
      return { sent: isSent, code, detail };
    },
  }),
];
