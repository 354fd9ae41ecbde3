/** `checks/<id>/flips/`: when a monitor went down and when it came up again, by its incidents. */
import { invalid } from "../../domain/errors.ts";
import type { Incident } from "../../domain/incident.ts";
import { LIMITS } from "../../domain/limits.ts";
import { ok, type Asked, type HealthchecksCall } from "./call.ts";
import { dateText } from "./check-shape.ts";
import { findCheck } from "./find-check.ts";

/** The latest ones: a monitor that flaps for months would fill any answer. */
const INCIDENTS_READ = 1_000;

export const flipCalls: readonly HealthchecksCall[] = [
  {
    method: "GET",
    path: "/checks/:id/flips",
    access: "read",
    async handle(asked) {
      const { fromAt, toAt } = periodOf(asked);
      const view = await findCheck(asked);
      const flips = (await incidentsOf(asked, view.monitor.slug))
        .flatMap(({ openedAt, resolvedAt }) => [
          { at: openedAt, up: 0 },
          ...(resolvedAt === null ? [] : [{ at: resolvedAt, up: 1 }]),
        ])
        .filter(({ at }) => fromAt <= at && at < toAt)
        .sort((one, two) => two.at - one.at || two.up - one.up);
      return ok({ flips: flips.map(({ at, up }) => ({ timestamp: dateText(at), up })) });
    },
  },
];

/** `seconds` back from now; `start` and `end` as seconds since 1970. */
function periodOf({ parts, query }: Asked): { fromAt: number; toAt: number } {
  const nowAt = parts.clock.now();
  const secondsMs = millisecondsOf(query, "seconds");
  const fromAt = Math.max(millisecondsOf(query, "start") ?? 0, secondsMs === null ? 0 : nowAt - secondsMs);
  return { fromAt, toAt: millisecondsOf(query, "end") ?? Number.MAX_SAFE_INTEGER };
}

function millisecondsOf(query: Asked["query"], field: string): number | null {
  const [text] = query(field);
  if (text === undefined) return null;
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1_000;
  throw invalid([
    { field, message: `${JSON.stringify(text.slice(0, 40))} is not a whole number of seconds` },
  ]);
}

async function incidentsOf({ parts, project }: Asked, slug: string): Promise<Incident[]> {
  const incidents: Incident[] = [];
  let cursor: string | null = null;
  do {
    const page = { cursor, limit: LIMITS.pageItems };
    const read = await parts.engine.listIncidents({ project, status: null, monitor: slug, page });
    incidents.push(...read.items);
    cursor = read.nextCursor;
  } while (cursor !== null && incidents.length < INCIDENTS_READ);
  return incidents;
}
