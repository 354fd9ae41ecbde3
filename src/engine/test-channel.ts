/** Sends a test message at once, so that a person sees whether a channel's settings are right. */
import { newNotification } from "../domain/notification.ts";
import type { Message, SendResult } from "../ports/channel.ts";
import { reportChannelTrouble } from "./announce-blind-spot.ts";
import { unknownChannel } from "./channels.ts";
import { pageUrl } from "./delivery/collapse.ts";
import { openChannel } from "./delivery/open-channel.ts";
import { sendMessage } from "./delivery/send.ts";
import type { EngineParts } from "./parts.ts";

export interface ChannelTest {
  isSent: boolean;
  /** `sent`, or the channel's error code. */
  code: string;
  detail: string;
}

/** Throws `not_found`; every other trouble is the result. Kept among the notifications, as any other message is. */
export async function testChannel(
  parts: EngineParts,
  input: { project: string; name: string },
): Promise<ChannelTest> {
  const { project, name: channel } = input;
  const opened = await openChannel(parts, { project, channel });
  if (!opened.isOpen && opened.status === "dropped") throw unknownChannel(channel);
  const at = parts.clock.now();
  const id = `test-${parts.ids.secret(16)}`;
  const title = `Test: Rollcall can send to the channel ${channel} of project ${project}.`;
  const result = opened.isOpen
    ? await sendMessage(parts, {
        ...opened,
        message: testMessage(parts, { id, project, channel, title, at }),
        thread: null,
      })
    : opened;
  const test = toldResult(result);
  const triedAt = parts.clock.now();
  await parts.store.addNotification(
    newNotification({
      id,
      project,
      channel,
      change: "test",
      title,
      at,
      status: test.isSent ? "sent" : "failed",
      attempts: [{ at: triedAt, ...test }],
      sentAt: test.isSent ? triedAt : null,
    }),
  );
  // A channel that delivers again is no trouble any more.
  if (test.isSent)
    await reportChannelTrouble(parts, { project, channel, type: "recovered", code: "sent", detail: "" });
  return test;
}

function toldResult(result: SendResult | { isOpen: false; code: string; detail: string }): ChannelTest {
  if ("isSent" in result && result.isSent) return { isSent: true, code: "sent", detail: "" };
  return { isSent: false, code: result.code, detail: result.detail };
}

function testMessage(
  parts: EngineParts,
  about: { id: string; project: string; channel: string; title: string; at: number },
): Message {
  const { id, project, channel, title, at } = about;
  return {
    kind: "test",
    project,
    deduplicationKey: `test/${id}/${channel}`,
    title,
    changes: [{ change: "test", title, at, ordinal: 0 }],
    result: null,
    incident: null,
    monitor: null,
    digest: null,
    url: pageUrl(parts),
    createdAt: at,
  };
}
