/** `rollcall status [monitor]`: what stands and what does not, worst first, as a table or as JSON. */
import { createClient, everyItem } from "../client/client.ts";
import type { MonitorAnswer, MonitorStatus } from "../client/client.ts";
import { durationInWords } from "../domain/duration.ts";
import { EXIT, wantedKey } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { table } from "./terminal.ts";
import type { Cell, Colour } from "./terminal.ts";

interface Options {
  key?: string;
  url?: string;
  json?: boolean;
}

/** Worst first. */
const ORDER: readonly MonitorStatus[] = ["down", "late", "unknown", "never_seen", "running", "up", "paused"];
const COLOURS: Partial<Record<MonitorStatus, Colour>> = {
  down: "red",
  late: "yellow",
  unknown: "yellow",
  never_seen: "yellow",
  paused: "dim",
  up: "green",
};

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("status")
    .description("show the monitors and their incidents")
    .argument("[monitor]", "only this one")
    .option("--key <key>", "a read or admin key (default: ROLLCALL_ADMIN_KEY or ROLLCALL_READ_KEY)")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .option("--json", "write JSON, for programs")
    .addHelpText(
      "after",
      "\nThe exit code is 0, or 1 when a monitor is down, or 3 when Rollcall cannot be asked.",
    )
    .action(async (monitor: string | undefined, options: Options) =>
      leave(await status({ monitor, options }, surroundings)),
    );
};

async function status(
  { monitor, options }: { monitor: string | undefined; options: Options },
  { settings, terminal, now }: Surroundings,
): Promise<number> {
  const client = createClient({ url: options.url ?? settings.url, key: wantedKey(options.key, settings) });
  const monitors = await wanted(client, monitor);
  if (options.json) terminal.say(JSON.stringify({ items: monitors }, null, 2));
  else if (monitors.length === 0) terminal.say("There are no monitors yet.");
  else terminal.say(asTable(monitors, { now: now(), isColoured: terminal.isColoured }));
  return monitors.some((each) => each.status === "down") ? EXIT.notWell : 0;
}

async function wanted(
  client: ReturnType<typeof createClient>,
  monitor: string | undefined,
): Promise<MonitorAnswer[]> {
  if (monitor !== undefined) return [await client.monitors.get(monitor)];
  const all: MonitorAnswer[] = [];
  for await (const each of everyItem(client.monitors.list)) all.push(each);
  return all.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status));
}

function asTable(monitors: MonitorAnswer[], shown: { now: number; isColoured: boolean }): string {
  const heading: Cell[] = ["MONITOR", "STATUS", "SINCE", "NEXT", "REMARK"].map((text) => ({
    text,
    colour: "dim",
  }));
  const rows = monitors.map((monitor): Cell[] => [
    { text: monitor.slug },
    { text: monitor.status, colour: COLOURS[monitor.status] },
    { text: since(monitor, shown.now) },
    { text: next(monitor, shown.now) },
    { text: remarkOn(monitor) },
  ]);
  return table([heading, ...rows], shown);
}

/** What wants a look; of a monitor that is up, what its green does not say. */
function remarkOn(monitor: MonitorAnswer): string {
  if (monitor.incident !== null) return monitor.incident.title;
  const { acceleration } = monitor;
  if (acceleration !== null && acceleration.reverted_at === null)
    return `accelerated until ${acceleration.until}`;
  if (acceleration?.cadence.said === "still_accelerated") return `still accelerated: ${acceleration.advice}`;
  if (monitor.degraded_by !== null) return `degraded: ${monitor.degraded_by}`;
  return monitor.never_verified ? "never verified: it has no check" : "";
}

function since(monitor: MonitorAnswer, now: number): string {
  return monitor.since === null ? "" : durationInWords(Math.max(0, now - Date.parse(monitor.since)));
}

function next(monitor: MonitorAnswer, now: number): string {
  if (monitor.next === null) return "";
  const inMs = Date.parse(monitor.next.expected_at) - now;
  return inMs >= 0 ? `in ${durationInWords(inMs)}` : `${durationInWords(-inMs)} ago`;
}
