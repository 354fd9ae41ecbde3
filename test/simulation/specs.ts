/**
 * The monitors of one world: settings drawn by chance, and beside each a plain account of when its runs are expected,
 * found by looking at every second or minute rather than by Rollcall's own search.
 */
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { ChannelLink, Overlap, Signals } from "../../src/domain/monitor.ts";
import type { ScheduleInput } from "../../src/domain/schedule/schedule.ts";
import type { Chance } from "./chance.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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

export interface Spec {
  slug: string;
  input: MonitorInput;
  temperament: Temperament;
  style: ClientStyle;
  /** Null for `every`. */
  cron: { stepMs: number; offsetMs: number; matches: (local: LocalTime) => boolean } | null;
  every: { everyMs: number; from: "start" | "finish" } | null;
  signals: Signals;
  graceMs: number | null;
  earlyMs: number | null;
  maxRuntimeMs: number | null;
  failureThreshold: number;
  recoveryThreshold: number;
  overlap: Overlap;
  channels: readonly ChannelLink[];
  /** The usual time from one window to the next. */
  typicalGapMs: number;
}

interface LocalTime {
  second: number;
  minute: number;
  hour: number;
}

export const CHANNELS = ["chat", "mail", "pager", "ops"] as const;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Eucla",
  "Pacific/Chatham",
];

export function drawSpecs(chance: Chance, world: { startAt: number; spanMs: number }): Spec[] {
  const count = chance.between(6, 8);
  return Array.from({ length: count }, (_unused, index) => {
    const temperament = index === 0 ? "citizen" : index === 1 && chance.isTrue(0.5) ? "dead" : "ordinary";
    return drawSpec(chance.fork(`spec ${index}`), { slug: `job-${index}`, temperament, ...world });
  });
}

function drawSpec(
  chance: Chance,
  given: { slug: string; temperament: Temperament; startAt: number; spanMs: number },
): Spec {
  const { slug, temperament } = given;
  const when = drawSchedule(chance, given);
  const gapMs = when.typicalGapMs;
  const signals: Signals = chance.isTrue(0.2) ? "finish" : "both";
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
  const style: ClientStyle = {
    hasRunIds,
    hasKeys: chance.isTrue(0.5) || spools,
    spools,
    namesWindow: hasRunIds && when.cron !== null && chance.isTrue(0.3),
  };
  const timing = { signals, graceMs, earlyMs, maxRuntimeMs };
  const rules = { failureThreshold, recoveryThreshold, overlap };
  const input: MonitorInput = { schedule: when.schedule, ...timing, ...rules, channels };
  return { slug, input, temperament, style, ...when, ...timing, ...rules, channels };
}

function drawChannels(chance: Chance): ChannelLink[] {
  const link = (name: string, afterMs = 0): ChannelLink => ({
    name,
    afterMs,
    notifyOn: [],
    remindEveryMs: null,
  });
  const laterMs = chance.between(1, 20) * MINUTE;
  return chance.pick([[link("chat")], [link("chat"), link("mail")], [link("chat"), link("pager", laterMs)]]);
}

type When = Pick<Spec, "cron" | "every" | "typicalGapMs"> & { schedule: ScheduleInput };

function drawSchedule(chance: Chance, world: { startAt: number; spanMs: number }): When {
  const zone = chance.pick(ZONES);
  const offsetMs = offsetOf(zone, world.startAt);
  const cron = (
    text: string,
    stepMs: number,
    gapMs: number,
    matches: (local: LocalTime) => boolean,
  ): When => ({
    schedule: { cron: text, timezone: zone },
    cron: { stepMs, offsetMs, matches },
    every: null,
    typicalGapMs: gapMs,
  });
  const every = (from: "start" | "finish"): When => {
    const everyMs = chance.pick([45, 120, 300, 900, 1_800]) * SECOND;
    return {
      schedule: { every: everyMs, from },
      cron: null,
      every: { everyMs, from },
      typicalGapMs: everyMs,
    };
  };
  const kind = chance.between(0, 9);
  if (kind === 0) {
    const seconds = chance.pick([15, 20, 30]);
    return cron(`*/${seconds} * * * * *`, SECOND, seconds * SECOND, ({ second }) => second % seconds === 0);
  }
  if (kind <= 3) {
    const minutes = chance.pick([1, 2, 5, 10, 15, 20, 30]);
    const isThen = ({ second, minute }: LocalTime): boolean => second === 0 && minute % minutes === 0;
    return cron(`*/${minutes} * * * *`, MINUTE, minutes * MINUTE, isThen);
  }
  if (kind <= 5) {
    const [first, second] = [chance.between(0, 29), chance.between(30, 59)];
    const isThen = (local: LocalTime): boolean => local.minute === first || local.minute === second;
    return cron(`${first},${second} * * * *`, MINUTE, 30 * MINUTE, isThen);
  }
  if (kind === 6) {
    const local = new Date(world.startAt + offsetMs + chance.between(30 * MINUTE, world.spanMs / 2));
    const [hour, minute] = [local.getUTCHours(), local.getUTCMinutes()];
    return cron(`${minute} ${hour} * * *`, MINUTE, DAY, (now) => now.hour === hour && now.minute === minute);
  }
  return every(kind <= 8 ? "start" : "finish");
}

/** The zone's distance from UTC; worlds lie where no clock is changed. */
function offsetOf(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return local - Math.floor(at / SECOND) * SECOND;
}

/** Every instant in `(fromAt, toAt]` at which a cron job is expected, by looking at each second or minute. */
export function expectedInstants(spec: Spec, fromAt: number, toAt: number): number[] {
  if (spec.cron === null) return [];
  const { stepMs, offsetMs, matches } = spec.cron;
  const instants: number[] = [];
  for (let at = (Math.floor(fromAt / stepMs) + 1) * stepMs; at <= toAt; at += stepMs) {
    const ofDay = (((at + offsetMs) % DAY) + DAY) % DAY;
    const local = {
      second: Math.floor(ofDay / SECOND) % 60,
      minute: Math.floor(ofDay / MINUTE) % 60,
      hour: Math.floor(ofDay / HOUR),
    };
    if (matches(local)) instants.push(at);
  }
  return instants;
}
