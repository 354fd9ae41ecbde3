/** Hands one message to its channel; whatever happens there comes back as a result. */
import type { ChannelKind, Message, SendResult } from "../../ports/channel.ts";
import type { EngineParts } from "../parts.ts";
import { loggable } from "./loggable.ts";

export async function sendMessage(
  { outbound, clock, log }: EngineParts,
  sending: {
    kind: ChannelKind;
    settings: Readonly<Record<string, unknown>>;
    message: Message;
    thread: string | null;
  },
): Promise<SendResult> {
  const { kind, settings, message, thread } = sending;
  try {
    return await kind.send({ message, settings, thread, outbound, nowAt: clock.now() });
  } catch (error) {
    log.error("a channel broke while sending", {
      project: message.project,
      kind: kind.kind,
      ...loggable(error),
    });
    const detail = "Rollcall itself failed to send this message; its log says where.";
    return { isSent: false, code: "internal", detail, isPermanent: false, retryAfterMs: null, thread };
  }
}
