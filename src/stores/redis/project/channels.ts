/**
 * The channels of a project. With one go its pending notifications, which lie in every place of the project: it is taken
 * away first, with a note of what is still to be dropped, and no channel takes its name before that is done. A crash in
 * between leaves notifications to a channel that is not there, which nobody sends to.
 */
import type { Channel } from "../../../ports/records.ts";
import type { ProjectStore } from "../../../ports/store.ts";
import { channelName } from "../outbox/lanes.ts";
import argumentsLua from "../lua/arguments.lua";
import deleteChannelLua from "../lua/delete-channel.lua";
import dropChannelLua from "../lua/drop-channel.lua";
import outboxLua from "../lua/outbox.lua";
import putChannelLua from "../lua/put-channel.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf, type Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const PUT = scriptOf("put-channel", argumentsLua, putChannelLua);
const DELETE = scriptOf("delete-channel", argumentsLua, deleteChannelLua);
const DROP = scriptOf("drop-channel", argumentsLua, outboxLua, dropChannelLua);

/** Lanes in one script: a fraction of a millisecond each, while nobody else is served. */
const LANES_AT_ONCE = 200;

type Channels = Pick<ProjectStore, "putChannel" | "getChannel" | "listChannels" | "deleteChannel">;

export function channels({ connection, places }: RedisParts): Channels {
  const channelsKey = (project: string): string => `${baseOf(connection, homeOf(project))}channels`;
  const goneKey = (project: string): string => `${channelsKey(project)}:gone`;

  const dropIn = async (place: Place, name: string): Promise<void> => {
    let after = "";
    do after = (await connection.run(DROP, place, name, after, LANES_AT_ONCE)) as string;
    while (after !== "");
  };
  const finishDropping = async (project: string, name: string): Promise<void> => {
    const all = await places.ofProject(project);
    await Promise.all(all.map((place) => dropIn(place, channelName({ project, channel: name }))));
    await connection.ask((client) => client.srem(goneKey(project), name));
  };
  const isGone = (project: string, name: string): Promise<boolean> =>
    connection.ask(async (client) => (await client.sismember(goneKey(project), name)) === 1);

  return {
    async putChannel(channel) {
      const { project, name } = channel;
      await places.enter(homeOf(project));
      const put = () => connection.run(PUT, homeOf(project), name, JSON.stringify(channel));
      while ((await put()) === 0) await finishDropping(project, name);
    },

    async getChannel(project, name) {
      const document = await connection.ask((client) => client.hget(channelsKey(project), name));
      return document === null ? null : (JSON.parse(document) as Channel);
    },

    async listChannels(project) {
      const documents = await connection.ask((client) => client.hvals(channelsKey(project)));
      return documents
        .map((document) => JSON.parse(document) as Channel)
        .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    },

    async deleteChannel(project, name) {
      const isDeleted = (await connection.run(DELETE, homeOf(project), name)) === 1;
      if (isDeleted || (await isGone(project, name))) await finishDropping(project, name);
      return isDeleted;
    },
  };
}
