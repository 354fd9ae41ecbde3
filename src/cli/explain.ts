/** `rollcall explain <monitor>`: why a window was judged as it was, in sentences. */
import { createClient } from "../client/client.ts";
import type { CheckResultAnswer, CheckInAnswer, ExplainAnswer, RejectionAnswer } from "../client/client.ts";
import { wantedInstant, wantedKey } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { plain } from "./terminal.ts";

interface Options {
  at?: string;
  key?: string;
  url?: string;
  json?: boolean;
}

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("explain")
    .description("say why a window was judged as it was")
    .argument("<monitor>", "the monitor's name")
    .option("--at <instant>", "the latest window at or before it (default: the latest of all)")
    .option("--key <key>", "a read or admin key (default: ROLLCALL_ADMIN_KEY or ROLLCALL_READ_KEY)")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .option("--json", "write JSON, for programs")
    .action(async (monitor: string, options: Options) => {
      await explain(monitor, options, surroundings);
      leave(0);
    });
};

async function explain(
  monitor: string,
  options: Options,
  { settings, terminal }: Surroundings,
): Promise<void> {
  const client = createClient({ url: options.url ?? settings.url, key: wantedKey(options.key, settings) });
  const at = options.at === undefined ? undefined : new Date(wantedInstant(options.at, "--at")).toISOString();
  const answer = await client.monitors.explain(monitor, at === undefined ? {} : { at });
  terminal.say(options.json ? JSON.stringify(answer, null, 2) : inWords(answer).map(plain).join("\n"));
}

function inWords(answer: ExplainAnswer): string[] {
  const { window } = answer;
  if (window === null) return [`${answer.monitor}: there is no window at or before that instant.`];
  const lines = [`${answer.monitor}: expected at ${window.expected_at}, to start by ${window.start_by}.`];
  if (answer.judgements.length === 0) lines.push("Not judged yet.");
  for (const { verdict, reason, judged_at } of answer.judgements) {
    lines.push(`${judged_at}  ${verdict ?? "running"}: ${reason}`);
  }
  return [
    ...lines,
    ...runLines(answer.run),
    ...considered("Check-ins", answer.check_ins.map(checkInLine)),
    ...considered("Rejections", answer.rejections.map(rejectionLine)),
    ...considered(
      "Blind spots",
      answer.blind_spots.map((spot) => `${spot.from} to ${spot.to} (${spot.cause})`),
    ),
    ...considered("Pauses and maintenance", answer.pauses.map(pauseLine)),
  ];
}

/** What the run told, where it told anything, and what its checks found. */
function runLines(run: ExplainAnswer["run"]): string[] {
  if (run === null || (run.story_line === null && run.checks.length === 0)) return [];
  const story = run.story_line === null ? [] : [`The run ${run.story_line}.`];
  return [...story, ...considered("Checks", run.checks.map(checkLine))];
}

function checkLine({ check, status, sentence }: CheckResultAnswer): string {
  return `${status}  ${check}: ${sentence}`;
}

function considered(what: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${what}: none.`] : [`${what}:`, ...lines.map((line) => `  ${line}`)];
}

function checkInLine(checkIn: CheckInAnswer): string {
  const parts = [`${checkIn.received_at}  ${checkIn.kind}`];
  if (checkIn.exit_status !== null) parts.push(`exit code ${checkIn.exit_status}`);
  if (checkIn.run_id !== null) parts.push(`run ${checkIn.run_id}`);
  if (checkIn.trigger === "manual") parts.push("started by a person");
  if (checkIn.occurred_at !== null) parts.push(`delivered late, said to be of ${checkIn.occurred_at}`);
  if (checkIn.folded > 1) parts.push(`and ${checkIn.folded - 1} like it`);
  return [...parts, `by ${checkIn.by}`].join(", ");
}

function rejectionLine(rejection: RejectionAnswer): string {
  const { count, reason, route, address_prefix, last_at, expected, seen } = rejection;
  const at = route === null ? "" : ` at ${route}`;
  return `${last_at}  ${reason}${at}, ${count} time${count === 1 ? "" : "s"} from ${address_prefix}: expected ${expected}, but saw ${seen}`;
}

function pauseLine({ kind, from, until, reason }: ExplainAnswer["pauses"][number]): string {
  return `${kind} from ${from} ${until === null ? "on" : `to ${until}`}${reason === null ? "" : `: ${reason}`}`;
}
