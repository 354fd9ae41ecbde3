/**
 * The way from a job to Rollcall: check-ins are lost, late, doubled and overtaken, answers are lost, and clients try
 * again or deliver later with the instant at which it happened.
 */
import type { CheckIn, CheckInKind } from "../../src/domain/check-in.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { Answer, Rollcall } from "./rollcall.ts";
import { living, type Seen } from "./seen.ts";
import type { Spec } from "./specs.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Saying {
  kind: CheckInKind;
  runId: string | null;
  trigger?: "manual";
  durationMs?: number;
  exitStatus?: number;
  scheduledForAt?: number;
}

/** A check-in that was acknowledged: it must be there for ever. */
export interface Acknowledged {
  token: string;
  monitorId: string;
  run: string | null;
  isDuplicate: boolean;
}

export interface Network {
  /** The job says something now; what comes of it is the world's affair. */
  say(spec: Spec, saying: Saying): void;
  /** By slug: whose key is wrong, how, and for how long. */
  badKeys: Map<string, { reason: "wrong_secret" | "revoked" | "unknown_monitor"; untilAt: number }>;
  acknowledged: Acknowledged[];
  /**
   * When check-ins came that nobody took, by monitor: an alarm after one of these is no false one, though the answer be
   * given after that.
   */
  refusedCameAt: Map<string, number[]>;
}

interface Sending {
  spec: Spec;
  saying: Saying;
  saidAt: number;
  key: string | null;
  tries: number;
}

export function createNetwork(around: {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  rollcall: Rollcall;
  seen: Seen;
  onAnswer: (answered: { monitorId: string; checkIn: CheckIn }) => void;
}): Network {
  const { time, chance, coverage, rollcall } = around;
  let made = 0;

  const send = (sending: Sending): void => {
    const isReliable = sending.spec.temperament !== "ordinary";
    if (!isReliable && chance.isTrue(0.015)) {
      note(coverage, "network: lost");
      time.after(5_000, () => again(sending, "nothing"));
      return;
    }
    let delayMs = chance.between(5, 120);
    if (!isReliable && chance.isTrue(0.03)) {
      note(coverage, "network: delayed");
      delayMs = chance.between(500, Math.min(45_000, sending.spec.typicalGapMs));
    }
    time.after(delayMs, () => void arrive(sending));
    if (!isReliable && chance.isTrue(0.03)) {
      note(coverage, "network: duplicated");
      time.after(delayMs + chance.between(1, 5_000), () => void arrive({ ...sending, tries: 99 }));
    }
  };
  const arrive = async (sending: Sending): Promise<void> => {
    made += 1;
    const token = `check-in ${made}`;
    const { spec } = sending;
    const monitorId = whereTo(sending);
    if (monitorId === null) return;
    const cameAt = time.now();
    const given = checkInOf(sending, { token, nowAt: cameAt });
    const answer = await rollcall.checkIn(monitorId, given);
    countAnswer(answer);
    if (answer.what !== "receipt") {
      network.refusedCameAt.set(spec.slug, [...(network.refusedCameAt.get(spec.slug) ?? []), cameAt]);
      again(sending, answer.what);
      return;
    }
    const { receipt, receivedAt } = answer;
    const { run, isDuplicate } = receipt;
    around.onAnswer({ monitorId, checkIn: { ...given, receivedAt } });
    network.acknowledged.push({ token, monitorId, run, isDuplicate });
    if (spec.temperament === "ordinary" && chance.isTrue(0.01)) {
      note(coverage, "network: answer lost");
      again(sending, "nothing");
    }
  };
  /** Null: it was turned away at the door, and its sender has been told so. */
  const whereTo = ({ spec: { slug } }: Sending): string | null => {
    const { seen } = around;
    const badKey = network.badKeys.get(slug);
    const alive = living(seen, slug)?.monitorId ?? null;
    const grave = [...seen.watched.values()].findLast((one) => one.spec.slug === slug)?.monitorId ?? null;
    const isBad = badKey !== undefined && time.now() < badKey.untilAt;
    if (!isBad && alive !== null) return alive;
    const reason = isBad ? badKey.reason : "deleted";
    note(coverage, `check-in: refused, ${reason}`);
    void rollcall.refuse({ monitorId: reason === "unknown_monitor" ? null : (alive ?? grave), slug, reason });
    return null;
  };
  /** Only who can be recognised tries again at once; a spool delivers later and says when it was. */
  const again = (sending: Sending, why: "nothing" | "unavailable"): void => {
    const { spec, tries } = sending;
    if (tries >= 4 || sending.key === null) return;
    if (spec.style.spools && tries >= 1) {
      time.after(chance.between(20_000, 15 * 60_000), () => send({ ...sending, tries: tries + 1 }));
      return;
    }
    note(coverage, "client: tried again");
    const backOffMs = why === "unavailable" ? 10_000 : 3_000;
    time.after(backOffMs * (tries + 1), () => send({ ...sending, tries: tries + 1 }));
  };
  const countAnswer = (answer: Answer): void => {
    if (answer.what === "nothing") note(coverage, "check-in: nobody listening");
    else if (answer.what === "unavailable") note(coverage, "check-in: refused, store unavailable");
    else
      note(coverage, answer.receipt.isDuplicate ? "check-in: found to be a duplicate" : "check-in: accepted");
  };
  const checkInOf = (sending: Sending, of: { token: string; nowAt: number }): Omit<CheckIn, "receivedAt"> => {
    const { saying, spec, saidAt } = sending;
    const isLate =
      spec.style.spools && sending.tries >= 1 && sending.tries < 99 && of.nowAt - saidAt > 15_000;
    if (isLate) note(coverage, "client: delivered late with its instant");
    return {
      kind: saying.kind,
      runId: saying.runId,
      trigger: saying.trigger ?? "schedule",
      scheduledForAt: saying.scheduledForAt ?? null,
      occurredAt: isLate ? saidAt : null,
      sentAt: null,
      durationMs: saying.durationMs ?? null,
      exitStatus: saying.exitStatus ?? null,
      body: "",
      principal: of.token,
      via: "key",
      dialect: "native",
      duplicateKey: sending.key,
      notes: [],
      folded: 1,
    };
  };
  const network: Network = {
    acknowledged: [],
    refusedCameAt: new Map(),
    badKeys: new Map(),
    say(spec, saying) {
      made += 1;
      const key = spec.style.hasKeys ? `key-${made}` : null;
      send({ spec, saying, saidAt: time.now(), key, tries: 0 });
    },
  };
  return network;
}
