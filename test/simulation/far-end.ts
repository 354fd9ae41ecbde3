/** The far end of every channel: it keeps what arrives, and is at times slow, broken, full or gone. */
import type { ChannelKind, Message, SendResult } from "../../src/ports/channel.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Arrived {
  at: number;
  channel: string;
  message: Message;
  /** The sender was left in doubt: it answered wrongly, hung, or the sender died before it knew. */
  isInDoubt: boolean;
}

export type FarEndMood = "well" | "http_500" | "http_429" | "hangs" | "breaks_off" | "http_404";

export interface FarEnd {
  /** The channel as one process has it: once that has died it sends nothing more. */
  kindOfProcess(): ChannelKind;
  arrived: Arrived[];
  /** How each channel behaves now; well where nothing is said. */
  moods: Map<string, FarEndMood>;
  /** The process ends right after the next message was accepted, before anybody writes that down. */
  crashAfterNext: boolean;
  /** Everything that is still under way belongs to a process that is gone. */
  senderDied(): void;
}

const TIMEOUT_MS = 10_000;
const NEVER = new Promise<never>(() => {});

export function createFarEnd(
  time: VirtualTime,
  chance: Chance,
  more: { coverage: Coverage; onCrash: () => void },
): FarEnd {
  let generation = 0;
  const accept = (channel: string, message: Message): Arrived => {
    const arrived = { at: time.now(), channel, message, isInDoubt: true };
    farEnd.arrived.push(arrived);
    return arrived;
  };
  const send = async (sentBy: number, channel: string, message: Message): Promise<SendResult> => {
    if (sentBy !== generation) return NEVER;
    const mood = farEnd.moods.get(channel) ?? "well";
    await time.wait(chance.between(5, 400));
    const { coverage } = more;
    if (mood === "http_404") {
      note(coverage, "channel: answered 404");
      return failed("http_404", { isPermanent: true, retryAfterMs: null });
    }
    if (mood === "http_500") {
      note(coverage, "channel: answered 500");
      // Behind a broken gateway the message may have been taken all the same.
      if (chance.isTrue(0.2)) accept(channel, message);
      return failed("http_500", { isPermanent: false, retryAfterMs: null });
    }
    if (mood === "http_429") {
      note(coverage, "channel: answered 429 with Retry-After");
      return failed("http_429", { isPermanent: false, retryAfterMs: chance.between(1, 90) * 1_000 });
    }
    if (mood === "hangs") {
      note(coverage, "channel: hung");
      if (chance.isTrue(0.3)) accept(channel, message);
      await time.wait(TIMEOUT_MS);
      return failed("timeout", { isPermanent: false, retryAfterMs: null });
    }
    const arrived = accept(channel, message);
    if (mood === "breaks_off" && chance.isTrue(0.5)) {
      note(coverage, "channel: accepted and then broke off");
      return failed("connect", { isPermanent: false, retryAfterMs: null });
    }
    if (sentBy === generation && farEnd.crashAfterNext) {
      farEnd.crashAfterNext = false;
      note(coverage, "crash: after a send, before it was settled");
      more.onCrash();
    }
    // Who died meanwhile never learns of it, and sends again.
    if (sentBy === generation) arrived.isInDoubt = false;
    note(coverage, "channel: accepted");
    return { isSent: true, thread: null };
  };
  const farEnd: FarEnd = {
    arrived: [],
    moods: new Map(),
    crashAfterNext: false,
    senderDied: () => {
      generation += 1;
      // What was accepted a moment ago may not have been written down.
      for (const one of farEnd.arrived) if (one.at >= time.now() - 30_000) one.isInDoubt = true;
    },
    kindOfProcess() {
      const sentBy = generation;
      return {
        kind: "recorded",
        title: "Recorded",
        settings: { fields: { to: { type: "string", title: "To", description: "Which one." } } },
        send: ({ message, settings }) => send(sentBy, String(settings.to), message),
      };
    },
  };
  return farEnd;
}

function failed(code: string, how: { isPermanent: boolean; retryAfterMs: number | null }): SendResult {
  return { isSent: false, code, detail: `The receiver answered: ${code}.`, thread: null, ...how };
}
