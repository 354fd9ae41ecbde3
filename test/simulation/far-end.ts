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
  /** The channel as one process has it. */
  senderOf(process: { crash: () => void }): Sender;
  arrived: Arrived[];
  /** How each channel behaves now; well where nothing is said. */
  moods: Map<string, FarEndMood>;
  /** What happens right after the next message was accepted, before anybody writes that down; once. */
  afterNext: ((sender: { crash: () => void }) => void) | null;
}

export interface Sender {
  kind: ChannelKind;
  /** What it has sent lately may not have been written down in its time: it stands still. */
  stall(forMs: number): void;
  /** Nor what it sends meanwhile, if that is for long: it does not reach the store. */
  cutOff(forMs: number): void;
  /** Nor will it ever be, and nothing more is sent. */
  die(): void;
}

const TIMEOUT_MS = 10_000;
/** How long what was accepted may wait to be written down: a claim holds it for so long. */
const UNWRITTEN_MS = 30_000;
/** How long a store that is slow may take to be told of it. */
const WRITING_MS = 1_500;
/** Whoever cannot write for less long writes what came of its messages before anybody else may send them. */
export const SHORT_MS = 20_000;
const NEVER = new Promise<never>(() => {});

interface Sending {
  isDead: boolean;
  /** What it has sent since the one is not written down before the other, if at all. */
  unableFromAt: number;
  unableUntilAt: number;
  arrived: Arrived[];
  crash: () => void;
}

export function createFarEnd(time: VirtualTime, chance: Chance, more: { coverage: Coverage }): FarEnd {
  const accept = (sender: Sending, channel: string, message: Message): Arrived => {
    const arrived = { at: time.now(), channel, message, isInDoubt: true };
    farEnd.arrived.push(arrived);
    sender.arrived.push(arrived);
    return arrived;
  };
  const send = async (sender: Sending, channel: string, message: Message): Promise<SendResult> => {
    if (sender.isDead) return NEVER;
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
      if (chance.isTrue(0.2)) accept(sender, channel, message);
      return failed("http_500", { isPermanent: false, retryAfterMs: null });
    }
    if (mood === "http_429") {
      note(coverage, "channel: answered 429 with Retry-After");
      return failed("http_429", { isPermanent: false, retryAfterMs: chance.between(1, 90) * 1_000 });
    }
    if (mood === "hangs") {
      note(coverage, "channel: hung");
      if (chance.isTrue(0.3)) accept(sender, channel, message);
      await time.wait(TIMEOUT_MS);
      return failed("timeout", { isPermanent: false, retryAfterMs: null });
    }
    const arrived = accept(sender, channel, message);
    if (mood === "breaks_off" && chance.isTrue(0.5)) {
      note(coverage, "channel: accepted and then broke off");
      return failed("connect", { isPermanent: false, retryAfterMs: null });
    }
    if (!sender.isDead) {
      farEnd.afterNext?.(sender);
      farEnd.afterNext = null;
    }
    // Who died meanwhile never learns of it, and sends again.
    if (!sender.isDead && !isUnableForLong(sender)) arrived.isInDoubt = false;
    note(coverage, "channel: accepted");
    return { isSent: true, thread: null };
  };
  const doubt = ({ arrived }: Sending, sinceMs: number): void => {
    for (const one of arrived) if (one.at >= time.now() - sinceMs) one.isInDoubt = true;
  };
  const cannotWrite = (sender: Sending, forMs: number): void => {
    if (time.now() >= sender.unableUntilAt) sender.unableFromAt = time.now();
    sender.unableUntilAt = Math.max(sender.unableUntilAt, time.now() + forMs);
  };
  const isUnableForLong = ({ unableFromAt, unableUntilAt }: Sending): boolean =>
    time.now() < unableUntilAt && unableUntilAt - unableFromAt >= SHORT_MS;
  const farEnd: FarEnd = {
    arrived: [],
    moods: new Map(),
    afterNext: null,
    senderOf({ crash }) {
      const sender: Sending = { isDead: false, unableFromAt: 0, unableUntilAt: 0, arrived: [], crash };
      return {
        kind: {
          kind: "recorded",
          title: "Recorded",
          settings: { fields: { to: { type: "string", title: "To", description: "Which one." } } },
          send: ({ message, settings }) => send(sender, String(settings.to), message),
        },
        stall(forMs) {
          cannotWrite(sender, forMs);
          doubt(sender, UNWRITTEN_MS);
        },
        cutOff(forMs) {
          cannotWrite(sender, forMs);
          if (isUnableForLong(sender)) doubt(sender, time.now() - sender.unableFromAt + WRITING_MS);
        },
        die() {
          sender.isDead = true;
          doubt(sender, UNWRITTEN_MS);
        },
      };
    },
  };
  return farEnd;
}

function failed(code: string, how: { isPermanent: boolean; retryAfterMs: number | null }): SendResult {
  return { isSent: false, code, detail: `The receiver answered: ${code}.`, thread: null, ...how };
}
