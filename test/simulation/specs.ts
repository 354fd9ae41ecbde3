/** The monitors of one world: settings drawn by chance, and how the job behind each behaves. */
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { ChannelLink, Overlap, Signals } from "../../src/domain/monitor.ts";
import type { Chance } from "./chance.ts";
import { drawInterval, drawSchedule, type Era, type When } from "./schedules.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How a job's check-ins can be told apart: with run ids, with idempotency keys, with both or with neither. */
export interface ClientStyle {
  hasRunIds: boolean;
  hasKeys: boolean;
  /** Keeps what could not be delivered and delivers it later with its own instant. */
  spools: boolean;
  namesWindow: boolean;
}

/** `citizen`: always well, over a network without faults. `dead`: never says a word. */
export type Temperament = "citizen" | "ordinary" | "dead";

export interface Spec extends Pick<When, "cron" | "every" | "typicalGapMs"> {
  slug: string;
  input: MonitorInput;
  temperament: Temperament;
  style: ClientStyle;
  signals: Signals;
  graceMs: number | null;
  earlyMs: number | null;
  maxRuntimeMs: number | null;
  failureThreshold: number;
  recoveryThreshold: number;
  overlap: Overlap;
  channels: readonly ChannelLink[];
}

export const CHANNELS = ["chat", "mail", "pager", "ops"] as const;

/** More than are told one by one within a minute. */
const CROWD = 24;

export function drawSpecs(chance: Chance, era: Era): Spec[] {
  const count = chance.between(6, 8);
  const specs = Array.from({ length: count }, (_unused, index) => {
    const temperament = index === 0 ? "citizen" : index === 1 && chance.isTrue(0.5) ? "dead" : "ordinary";
    return drawSpec(chance.fork(`spec ${index}`), { slug: `job-${index}`, temperament, era });
  });
  return chance.fork("crowd").isTrue(0.05) ? [...specs, ...drawCrowd(chance, era)] : specs;
}

/** Monitors that are all alike, whose scheduler is dead: they fall due together, and together they are too many. */
function drawCrowd(chance: Chance, era: Era): Spec[] {
  const channels: readonly ChannelLink[] = [{ name: "chat", afterMs: 0, notifyOn: [], remindEveryMs: null }];
  return Array.from({ length: CROWD }, (_unused, index) => {
    const one = drawSpec(chance.fork("one of a crowd"), { slug: `crowd-${index}`, temperament: "dead", era });
    return { ...one, failureThreshold: 1, channels, input: { ...one.input, failureThreshold: 1, channels } };
  });
}

function drawSpec(
  chance: Chance,
  given: { slug: string; temperament: Temperament; era: Era; like?: Spec; when?: When },
): Spec {
  const { slug, temperament, like } = given;
  const when = given.when ?? drawSchedule(chance, given.era);
  const gapMs = when.typicalGapMs;
  const signals: Signals = like?.signals ?? (chance.isTrue(0.2) ? "finish" : "both");
  const graceMs = chance.isTrue(0.5) ? null : Math.round(gapMs * chance.pick([0.1, 0.3, 0.6, 1.2]));
  const earlyMs =
    signals === "both" && chance.isTrue(0.2) ? Math.round(gapMs * chance.pick([0, 0.1, 0.4])) : null;
  const maxRuntimeMs = chance.isTrue(0.4) ? null : Math.round(gapMs * chance.pick([0.3, 0.8, 1.5]));
  const failureThreshold = chance.pick([1, 1, 2, 3]);
  const recoveryThreshold = chance.pick([1, 1, 2]);
  const overlap =
    temperament === "citizen" ? "allow" : chance.pick(["allow", "allow", "warn", "forbid", "skip"] as const);
  const channels = drawChannels(chance);
  const spools = chance.isTrue(0.4);
  // Who keeps check-ins to deliver them later names its runs: without ids nobody could tell them from new ones.
  const hasRunIds = spools || chance.isTrue(0.4);
  const style: ClientStyle = like?.style ?? {
    hasRunIds,
    hasKeys: chance.isTrue(0.5) || spools,
    spools,
    namesWindow: hasRunIds && when.cron !== null && chance.isTrue(0.3),
  };
  const timing = { signals, graceMs, earlyMs, maxRuntimeMs };
  const rules = { failureThreshold, recoveryThreshold, overlap };
  const input: MonitorInput = { name: slug, schedule: when.schedule, ...timing, ...rules, channels };
  return { slug, input, temperament, style, ...when, ...timing, ...rules, channels };
}

/**
 * The monitor after an edit: other settings, and mostly another schedule of the same kind. An interval stays one, and
 * keeps what it counts from; how a job signals is changed by making its monitor anew.
 */
export function editedSpec(chance: Chance, before: Spec, era: Era): Spec {
  const { slug, temperament } = before;
  const isTimingKept = chance.isTrue(0.25);
  const like = (when: When): Spec => drawSpec(chance, { slug, temperament, era, like: before, when });
  const same: When = {
    schedule: before.input.schedule ?? {},
    cron: before.cron,
    every: before.every,
    typicalGapMs: before.typicalGapMs,
  };
  if (isTimingKept) {
    const { signals, graceMs, earlyMs, maxRuntimeMs } = before;
    const edited = like(same);
    const timing = { signals, graceMs, earlyMs, maxRuntimeMs };
    return { ...edited, ...timing, input: { ...edited.input, ...timing } };
  }
  if (chance.isTrue(0.3)) return like(same);
  if (before.every !== null) return like(drawInterval(chance, before.every.from));
  for (;;) {
    const when = drawSchedule(chance, era);
    if (when.cron !== null) return like(when);
  }
}

/** The monitor while it is accelerated: what is longer than the faster gap follows from that gap. */
export function acceleratedSpec(spec: Spec, when: When): Spec {
  const gapMs = when.typicalGapMs;
  const { signals, maxRuntimeMs, graceMs, earlyMs, input } = spec;
  // A finish that is told alone needs a grace that covers its run.
  const isCovered = signals === "finish" && maxRuntimeMs === null;
  const usualMs = graceMs !== null && graceMs > gapMs ? null : graceMs;
  // A faster schedule makes no run shorter.
  const wholeMs = Math.max(gapMs, spec.typicalGapMs);
  const usualGraceMs = Math.min(10 * MINUTE, Math.floor(wholeMs / 4));
  const usualRuntimeMs = Math.min(24 * HOUR, Math.max(HOUR, wholeMs + (graceMs ?? usualGraceMs)));
  return {
    ...spec,
    ...when,
    maxRuntimeMs: signals === "both" ? (maxRuntimeMs ?? usualRuntimeMs) : maxRuntimeMs,
    graceMs: isCovered ? Math.min(gapMs, graceMs ?? 10 * MINUTE) : usualMs,
    earlyMs: earlyMs !== null && earlyMs > gapMs / 2 ? null : earlyMs,
    input: { ...input, schedule: when.schedule },
  };
}

/** A new monitor under the old name, of any kind. */
export function recreatedSpec(chance: Chance, before: Spec, era: Era): Spec {
  return drawSpec(chance, { slug: before.slug, temperament: before.temperament, era });
}

function drawChannels(chance: Chance): ChannelLink[] {
  const remindEveryMs = chance.isTrue(0.3) ? chance.pick([5, 15, 40]) * MINUTE : null;
  const link = (name: string, afterMs = 0): ChannelLink => ({ name, afterMs, notifyOn: [], remindEveryMs });
  const laterMs = chance.between(1, 20) * MINUTE;
  return chance.pick([[link("chat")], [link("chat"), link("mail")], [link("chat"), link("pager", laterMs)]]);
}
