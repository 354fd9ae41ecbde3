/** Instants for people: how long ago, with the instant itself beside it, always in UTC. */
import { durationInWords } from "../domain/duration.ts";
import { instantText } from "../domain/instant.ts";

/** `3h 12m ago`, `in 5m`, `now`. */
export function relative(at: number, nowAt: number): string {
  const distanceMs = Math.abs(nowAt - at);
  if (distanceMs < 1_000) return "now";
  const words = durationInWords(distanceMs);
  return at > nowAt ? `in ${words}` : `${words} ago`;
}

/** `2026-03-08 07:00 UTC`; seconds only where they say something. */
export function clockText(at: number): string {
  const text = new Date(at).toISOString();
  const time = text.slice(11, 19);
  return `${text.slice(0, 10)} ${time.endsWith(":00") ? time.slice(0, 5) : time} UTC`;
}

export function Instant({ at, nowAt }: { at: number; nowAt: number }) {
  return (
    <time datetime={instantText(at)}>
      {relative(at, nowAt)} <span class="exact">{clockText(at)}</span>
    </time>
  );
}
