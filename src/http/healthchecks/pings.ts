/** `checks/<id>/pings/`: the latest check-ins, and what each of them said. */
import { happenedAt, isFinish, type CheckIn } from "../../domain/check-in.ts";
import { RollcallError } from "../../domain/errors.ts";
import type { NumberedCheckIn } from "../../engine/list-check-ins.ts";
import { ok, type Asked, type HealthchecksCall } from "./call.ts";
import { uuidOf } from "./check-shape.ts";
import { findCheck } from "./find-check.ts";

/** As many as Healthchecks keeps where nothing else is set. */
const LISTED = 100;
const TYPES: Readonly<Record<CheckIn["kind"], string>> = {
  start: "start",
  success: "success",
  fail: "fail",
  log: "log",
  // Their clients know no others, and neither ends a run.
  step: "log",
  progress: "log",
};

export const pingCalls: readonly HealthchecksCall[] = [
  {
    method: "GET",
    path: "/checks/:id/pings",
    access: "read",
    async handle(asked) {
      const view = await findCheck(asked);
      const pings = await latest(asked, view.monitor.slug);
      const base = `${asked.parts.publicUrl}/api/v${asked.version}/checks/${uuidOf(view)}/pings`;
      const durations = durationsOf(pings);
      const scheme = asked.parts.publicUrl.startsWith("https:") ? "https" : "http";
      return ok({
        pings: pings.map((ping) => ({ ...shownPing(ping, base), scheme, ...durations.get(ping.number) })),
      });
    },
  },
  {
    method: "GET",
    path: "/checks/:id/pings/:number/body",
    access: "read",
    async handle(asked) {
      const view = await findCheck(asked);
      const wanted = asked.path("number");
      const ping = (await latest(asked, view.monitor.slug)).find(({ number }) => String(number) === wanted);
      if (ping !== undefined && ping.checkIn.body !== "") return ok(ping.checkIn.body);
      throw new RollcallError(
        "not_found",
        `There is no such ping among the last ${LISTED}, or it had no body.`,
      );
    },
  },
];

function latest({ parts, project }: Asked, slug: string): Promise<NumberedCheckIn[]> {
  return parts.engine.listCheckIns({ project, slug, limit: LISTED });
}

function shownPing({ number, checkIn }: NumberedCheckIn, base: string): Record<string, unknown> {
  const { caller } = checkIn;
  return {
    type: TYPES[checkIn.kind],
    date: new Date(happenedAt(checkIn)).toISOString().replace("Z", "+00:00"),
    n: number,
    // The address itself is not kept, only the network it is of.
    remote_addr: caller?.addressPrefix.replace(/\/\d+$/, "") ?? "",
    method: caller?.method ?? "",
    ua: caller?.userAgent ?? "",
    rid: checkIn.runId,
    exitstatus: checkIn.exitStatus,
    body_url: checkIn.body === "" ? null : `${base}/${number}/body`,
  };
}

/** Seconds from a start to the finish of the same run, where both are among these. */
function durationsOf(newestFirst: readonly NumberedCheckIn[]): Map<number, { duration: number }> {
  const durations = new Map<number, { duration: number }>();
  const startedAt = new Map<string | null, number>();
  for (const { number, checkIn } of newestFirst.toReversed()) {
    const { kind, runId } = checkIn;
    if (kind === "start") startedAt.set(runId, happenedAt(checkIn));
    if (!isFinish(kind)) continue;
    const at = startedAt.get(runId);
    const durationMs = at === undefined ? checkIn.durationMs : happenedAt(checkIn) - at;
    if (durationMs !== null) durations.set(number, { duration: durationMs / 1_000 });
    startedAt.delete(runId);
  }
  return durations;
}
