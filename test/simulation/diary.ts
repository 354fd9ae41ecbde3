/** What one monitor was told, in order, and what became of its windows: for a person who looks into a failing seed. */
import { currentVerdict } from "../../src/domain/ledger.ts";
import type { HistoryEvent } from "./history.ts";
import type { LooksOfMonitor } from "./looks.ts";

export function diaryOf({ watched, rows, runs, truth, incidents }: LooksOfMonitor): string[] {
  const { spec, createdAt, history } = watched;
  const { slug, input, temperament, style } = spec;
  const lines: [at: number, text: string][] = [
    [createdAt, `created: ${JSON.stringify({ input, temperament, style })}`],
  ];
  lines.push(...history.map((event) => lineOf(event, createdAt)));
  const truths = new Map(truth.windows.map((window) => [window.expectedAt, window.verdicts.at(-1)]));
  for (const row of rows) {
    const said = row.judgements.map(
      ({ verdict, reason, judgedAt }) => `${verdict}/${reason.code}@${iso(judgedAt)}`,
    );
    const shouldBe = truths.get(row.expectedAt) ?? "none";
    const is = currentVerdict(row) ?? "open";
    lines.push([
      row.expectedAt,
      `  window until ${iso(row.startBy)}: ${is}, truth ${shouldBe} (${said.join(" ")})`,
    ]);
  }
  for (const window of truth.windows)
    lines.push([
      window.expectedAt,
      `  truth until ${iso(window.startBy)}: ${window.start} ${window.verdicts.join(" ")}`,
    ]);
  for (const { id, runId, part, state, startedAt, windowAt, finishedAt } of runs) {
    const [window, end] = [windowAt, finishedAt].map((at) => (at === null ? "none" : iso(at)));
    lines.push([
      startedAt,
      `  run ${id.slice(-4)} ${runId ?? ""} ${part} of ${window}: ${state}, finished ${end}`,
    ]);
  }
  for (const run of truth.runs) {
    const window = run.window === null ? "none" : iso(run.window.expectedAt);
    const end = run.finishedAt === null ? "never" : iso(run.finishedAt);
    lines.push([
      run.startedAt,
      `  truth: run ${run.ordinal} ${run.part} of ${window}: ${run.state}, finished ${end}`,
    ]);
  }
  for (const [index, { of, effect, kind, at }] of truth.results.entries())
    lines.push([at, `  truth: result ${index}, ${effect} ${effect === "bad" ? kind : ""} of ${of}`]);
  for (const incident of incidents)
    for (const entry of incident.timeline)
      lines.push([entry.at, `  ${incident.id} ${entry.what}: ${entry.text}`]);
  for (const incident of truth.incidents)
    lines.push([
      incident.openedAt,
      `  truth: ${incident.kinds.join(", ")} closed ${incident.closedAt === null ? "never" : iso(incident.closedAt)}`,
    ]);
  return lines.sort(([one], [other]) => one - other).map(([at, text]) => `${slug} ${iso(at)} ${text}`);
}

function lineOf(event: HistoryEvent, createdAt: number): [at: number, text: string] {
  if (event.what === "blind")
    return [event.spot.toAt, `blind since ${iso(event.spot.fromAt)}, heard until ${iso(event.heardUntilAt)}`];
  if (event.what !== "check_in") {
    const at = "at" in event ? event.at : createdAt;
    return [at, `${event.what} ${JSON.stringify(event).slice(0, 400)}`];
  }
  const { kind, receivedAt, runId, trigger, occurredAt, durationMs, duplicateKey } = event.checkIn;
  const occurred = occurredAt === null ? null : iso(occurredAt);
  return [receivedAt, `${kind} ${JSON.stringify({ runId, trigger, occurred, durationMs, duplicateKey })}`];
}

function iso(at: number): string {
  return new Date(at).toISOString().slice(8, 23);
}
