/**
 * Schedules of one world, drawn by chance, and beside each a plain account of when its runs are expected, found by
 * looking at every second or minute rather than by Rollcall's own search. Clocks change in some of the worlds; then
 * who fires the job is said, so that the rule of that scheduler holds strictly.
 */
import type { Schedule, ScheduleInput } from "../../src/domain/schedule/schedule.ts";
import type { Chance } from "./chance.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface LocalTime {
  second: number;
  minute: number;
  hour: number;
}

export interface CronLook {
  stepMs: number;
  zone: string;
  scheduler: "cron" | "kubernetes" | "systemd";
  /** Minute and hour are both named: cron runs it at the change that skips its time, and never twice. */
  isFixed: boolean;
  matches: (local: LocalTime) => boolean;
}

export interface When {
  schedule: ScheduleInput;
  /** Null for `every`. */
  cron: CronLook | null;
  every: { everyMs: number; from: "start" | "finish" } | null;
  /** The usual time from one window to the next. */
  typicalGapMs: number;
}

/** Real changes of clocks, and the zone in which each happens. */
export const CLOCK_CHANGES = [
  { at: Date.UTC(2026, 2, 29, 1), zone: "Europe/Berlin" },
  { at: Date.UTC(2026, 9, 25, 1), zone: "Europe/Berlin" },
  { at: Date.UTC(2026, 2, 8, 7), zone: "America/New_York" },
  { at: Date.UTC(2026, 10, 1, 6), zone: "America/New_York" },
  { at: Date.UTC(2026, 3, 4, 15), zone: "Australia/Lord_Howe" },
  { at: Date.UTC(2026, 9, 3, 15, 30), zone: "Australia/Lord_Howe" },
  { at: Date.UTC(2026, 3, 4, 14), zone: "Pacific/Chatham" },
  { at: Date.UTC(2026, 8, 26, 14), zone: "Pacific/Chatham" },
] as const;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Eucla",
  "Pacific/Chatham",
];

export interface Era {
  startAt: number;
  spanMs: number;
  /** The zone whose clocks change in this world; null: none does. */
  changingZone: string | null;
}

const SCHEDULERS_HERE = ["cron", "kubernetes", "systemd"] as const;

export function drawSchedule(chance: Chance, era: Era): When {
  const isChanging = era.changingZone !== null && chance.isTrue(0.6);
  const zone = isChanging && era.changingZone !== null ? era.changingZone : chance.pick(ZONES);
  const scheduler = chance.pick(["cron", ...SCHEDULERS_HERE] as const);
  const cron = (text: string, gapMs: number, look: Omit<CronLook, "zone" | "scheduler">): When => ({
    schedule: { cron: text, timezone: zone, scheduler },
    cron: { ...look, zone, scheduler },
    every: null,
    typicalGapMs: gapMs,
  });
  const kind = chance.between(isChanging ? 4 : 0, isChanging ? 7 : 9);
  if (kind === 0) {
    const seconds = chance.pick([15, 20, 30]);
    const matches = ({ second }: LocalTime): boolean => second % seconds === 0;
    return cron(`*/${seconds} * * * * *`, seconds * SECOND, { stepMs: SECOND, isFixed: false, matches });
  }
  if (kind <= 3) {
    const minutes = chance.pick([1, 2, 5, 10, 15, 20, 30]);
    const matches = ({ minute }: LocalTime): boolean => minute % minutes === 0;
    return cron(`*/${minutes} * * * *`, minutes * MINUTE, { stepMs: MINUTE, isFixed: false, matches });
  }
  if (kind <= 5) {
    const [first, second] = [chance.between(0, 29), chance.between(30, 59)];
    const matches = ({ minute }: LocalTime): boolean => minute === first || minute === second;
    return cron(`${first},${second} * * * *`, 30 * MINUTE, { stepMs: MINUTE, isFixed: false, matches });
  }
  if (kind <= (isChanging ? 7 : 6)) {
    const at = era.startAt + chance.between(30 * MINUTE, era.spanMs / 2);
    const { hour } = localTime(zone, at);
    const minute = chance.between(0, 59);
    const hours = isChanging ? [0, 1, 2, 3, 4] : [hour];
    const matches = (now: LocalTime): boolean => hours.includes(now.hour) && now.minute === minute;
    const gapMs = isChanging ? HOUR : DAY;
    const text = `${minute} ${hours.join(",")} * * *`;
    return cron(text, gapMs, { stepMs: MINUTE, isFixed: true, matches });
  }
  return drawInterval(chance, kind <= 8 ? "start" : "finish");
}

export function drawInterval(chance: Chance, from: "start" | "finish"): When {
  const everyMs = chance.pick([45, 120, 300, 900, 1_800]) * SECOND;
  return { schedule: { every: everyMs, from }, cron: null, every: { everyMs, from }, typicalGapMs: everyMs };
}

/** A faster schedule of the same kind; zone, scheduler and what an interval counts from stay as they are. */
export function drawFaster(chance: Chance, { every }: Pick<When, "every">): ScheduleInput {
  if (every !== null) return { every: chance.pick([20, 45, 120]) * SECOND };
  return { cron: chance.pick(["* * * * *", "*/2 * * * *", "*/5 * * * *"]) };
}

/** What such a schedule comes to. */
export function fasterWhen(schedule: Schedule): When {
  if (schedule.kind === "every") {
    const { everyMs, from } = schedule;
    return {
      schedule: { every: everyMs, from },
      cron: null,
      every: { everyMs, from },
      typicalGapMs: everyMs,
    };
  }
  const { expressions, timezone: zone } = schedule;
  const minutes = Number(/^\*\/(\d+) /.exec(expressions[0] ?? "")?.[1] ?? 1);
  const scheduler = SCHEDULERS_HERE.find((one) => one === schedule.scheduler) ?? "cron";
  const matches = ({ minute }: LocalTime): boolean => minute % minutes === 0;
  return {
    schedule: { cron: expressions, timezone: zone, scheduler },
    cron: { stepMs: MINUTE, isFixed: false, zone, scheduler, matches },
    every: null,
    typicalGapMs: minutes * MINUTE,
  };
}

/** Every instant in `(fromAt, toAt]` at which a cron job is expected, by looking at each second or minute. */
export function expectedInstants({ cron }: Pick<When, "cron">, fromAt: number, toAt: number): number[] {
  if (cron === null) return [];
  const { stepMs, zone, scheduler, isFixed, matches } = cron;
  const isCaughtUp = isFixed && scheduler === "cron";
  const isOnce = isCaughtUp || scheduler === "systemd";
  const instants: number[] = [];
  for (let at = (Math.floor(fromAt / stepMs) + 1) * stepMs; at <= toAt; at += stepMs) {
    const isSkippedHere = isCaughtUp && at % QUARTER === 0 && matchesInGap(cron, at);
    const isRepeated = isOnce && isSecondPass(zone, at);
    if (isSkippedHere || (!isRepeated && matches(localTime(zone, at)))) instants.push(at);
  }
  return instants;
}

/** Whether the clock went forward at this instant, over a time that the job names. */
function matchesInGap({ zone, stepMs, matches }: CronLook, at: number): boolean {
  const before = offsetAt(zone, at - 1);
  const skippedMs = offsetAt(zone, at) - before;
  if (skippedMs <= 0) return false;
  for (let wall = at + before; wall < at + before + skippedMs; wall += stepMs)
    if (matches(timeOfDay(wall))) return true;
  return false;
}

/** Whether the wall clock shows this time for the second time. */
function isSecondPass(zone: string, at: number): boolean {
  const offset = offsetAt(zone, at);
  for (let changeAt = Math.floor(at / QUARTER) * QUARTER; changeAt > at - 3 * HOUR; changeAt -= QUARTER) {
    const wentBackMs = offsetAt(zone, changeAt - 1) - offsetAt(zone, changeAt);
    if (wentBackMs > 0) return at - changeAt < wentBackMs && offset === offsetAt(zone, changeAt);
  }
  return false;
}

function localTime(zone: string, at: number): LocalTime {
  return timeOfDay(at + offsetAt(zone, at));
}

function timeOfDay(wall: number): LocalTime {
  const ofDay = ((wall % DAY) + DAY) % DAY;
  return {
    second: Math.floor(ofDay / SECOND) % 60,
    minute: Math.floor(ofDay / MINUTE) % 60,
    hour: Math.floor(ofDay / HOUR),
  };
}

const offsets = new Map<string, Map<number, number>>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** The zone's distance from UTC. Clocks are changed at quarters of an hour, so one look at each is enough. */
function offsetAt(zone: string, at: number): number {
  if (zone === "UTC") return 0;
  const quarterAt = Math.floor(at / QUARTER) * QUARTER;
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarterAt);
  if (known !== undefined) return known;
  const parts = formatOf(zone).formatToParts(quarterAt);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  ofZone.set(quarterAt, wall - quarterAt);
  return wall - quarterAt;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}
