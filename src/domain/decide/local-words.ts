/** Instants as the clocks of a monitor's own zone show them. */
import type { Monitor } from "../monitor.ts";
import { localTime } from "../schedule/schedule.ts";

export function zoneOf(monitor: Monitor): string {
  const { schedule } = monitor.settings;
  return schedule.kind === "cron" ? schedule.timezone : "UTC";
}

/** "02:00", or "02:00:15" where seconds matter. */
export function clockTime(at: number, zone: string): string {
  const { hour, minute, second } = localTime(at, zone);
  return second === 0 ? `${two(hour)}:${two(minute)}` : `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** A second instant beside a first: with its date only if that is another day. */
export function laterTime(at: number, besideAt: number, zone: string): string {
  const isSameDay = dateOf(at, zone) === dateOf(besideAt, zone);
  return isSameDay ? clockTime(at, zone) : `${dateOf(at, zone)} ${clockTime(at, zone)}`;
}

export function dateTime(at: number, zone: string): string {
  return `${dateOf(at, zone)} ${clockTime(at, zone)} ${zone}`;
}

function dateOf(at: number, zone: string): string {
  const { year, month, day } = localTime(at, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
