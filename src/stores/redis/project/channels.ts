/**
 * The channels of a project. With one go its pending notifications, which lie in every place of the project: it is taken
 * away first, with a note of what is still to be dropped, and no channel takes its name before that is done; each place
 * drops once for a deletion. A crash in between leaves notifications to a channel that is not there, which nobody sends to.
 */
import type { Channel } from "../../../ports/records.ts";
import type { ProjectStore } from "../../../ports/store.ts";
import { channelName } from "../outbox/lanes.ts";
import argumentsLua from "../lua/arguments.lua";
import endDeletionLua from "../lua/end-deletion.lua";
import deleteChannelLua from "../lua/delete-channel.lua";
import dropChannelLua from "../lua/drop-channel.lua";
import outboxLua from "../lua/outbox.lua";
import putChannelLua from "../lua/put-channel.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf, type Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const PUT = scriptOf("put-channel", argumentsLua, putChannelLua);
const DELETE = scriptOf("delete-channel", argumentsLua, deleteChannelLua);
const END = scriptOf("end-deletion", argumentsLua, endDeletionLua);
const DROP = scriptOf("drop-channel", argumentsLua, outboxLua, dropChannelLua);

/** Lanes in one script: a fraction of a millisecond each, while nobody else is served. */
const LANES_AT_ONCE = 200;

type Channels = Pick<ProjectStore, "putChannel" | "getChannel" | "listChannels" | "deleteChannel">;

export function channels({ connection, places, ordinal }: RedisParts): Channels {
  const channelsKey = (project: string): string => `${baseOf(connection, homeOf(project))}channels`;

  const dropIn = async (place: Place, { name, deletion }: { name: string; deletion: string }) => {
    let after = "";
    do after = (await connection.run(DROP, place, name, deletion, after, LANES_AT_ONCE)) as string;
    while (after !== "");
  };
  const finish = async (project: string, name: string, deletion: string): Promise<void> => {
    const all = await places.ofProject(project);
    const dropped = { name: channelName({ project, channel: name }), deletion };
    await Promise.all(all.map((place) => dropIn(place, dropped)));
    await connection.run(END, homeOf(project), name, deletion);
  };
  const unfinished = (project: string, name: string): Promise<string | null> =>
    connection.ask((client) => client.hget(`${channelsKey(project)}:deleted`, name));

  return {
    async putChannel(channel) {
      const { project, name } = channel;
      await places.enter(homeOf(project));
      const put = () => connection.run(PUT, homeOf(project), name, JSON.stringify(channel));
      for (;;) {
        const deletion = (await put()) as string | null;
        if (deletion === null) return;
        await finish(project, name, deletion);
      }
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
      const isDeleted = (await connection.run(DELETE, homeOf(project), name, ordinal())) === 1;
      const deletion = await unfinished(project, name);
      if (deletion !== null) await finish(project, name, deletion);
      return isDeleted;
    },
  };
}
