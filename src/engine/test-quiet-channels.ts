/**
 * Tries every channel that has delivered nothing for long. The message takes the way of all others, through the
 * outbox, so that its retries are theirs, and what it finds out is told as it would be of them.
 */
import { durationInWords } from "../domain/duration.ts";
import { newNotification } from "../domain/notification.ts";
import { selfTestDueAt, selfTestEveryOf } from "../domain/self-test.ts";
import type { Channel } from "../ports/records.ts";
import type { EngineParts } from "./parts.ts";

/** Twice, and by two at once, is harmless: the message's id names the channel and when it was to be tried. */
export async function testQuietChannels(parts: EngineParts): Promise<void> {
  for (const project of await parts.store.listProjects()) {
    for (const channel of await parts.store.listChannels(project.name)) await testIfQuiet(parts, channel);
  }
}

async function testIfQuiet({ store, clock }: EngineParts, channel: Channel): Promise<void> {
  const everyMs = selfTestEveryOf(channel.selfTestEveryMs);
  if (everyMs === null) return;
  const nowAt = clock.now();
  const { project, name, createdAt } = channel;
  const lastSentAt = await store.lastSentAt(project, name);
  const dueAt = selfTestDueAt({ createdAt, lastSentAt, everyMs }, nowAt);
  if (dueAt === null) return;
  const quiet = durationInWords(nowAt - Math.max(createdAt, lastSentAt ?? createdAt));
  await store.addNotification(
    newNotification({
      id: `self-test/${project}/${name}/${dueAt}`,
      project,
      channel: name,
      change: "test",
      title: `Nothing is wrong. Nothing was told on the channel ${name} for ${quiet}, so Rollcall tries whether it still delivers.`,
      at: nowAt,
    }),
  );
}
