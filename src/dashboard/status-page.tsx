/**
 * The status page: what is wrong and since when, at one look; then everything that is watched. For somebody who
 * was woken at three in the morning.
 */
import type { Context } from "hono";
import type { Incident } from "../domain/incident.ts";
import type { BlindSpotView } from "../engine/blind-spots.ts";
import type { BoundaryStates } from "../engine/boundary-states.ts";
import type { Engine } from "../engine/engine.ts";
import type { GuardedRouteView } from "../engine/guarded-routes.ts";
import type { RejectionView } from "../engine/list-rejections.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { sessionOf } from "../http/session.ts";
import { Bar } from "./bar.tsx";
import { BlindSpots } from "./blind-spots.tsx";
import { Boundaries } from "./boundaries.tsx";
import { Condition } from "./condition.tsx";
import { Incidents } from "./incidents.tsx";
import { documentOf, Layout } from "./layout.tsx";
import { Monitors } from "./monitors.tsx";
import type { PageParts } from "./parts.ts";
import { GuardWarnings, Refusals, refusalsOf, type Refusal } from "./refusals.tsx";
import { showSignIn } from "./sign-in.tsx";
import { clockText } from "./time.tsx";

/** More than anybody reads; a browser still shows it at once. */
const MONITORS_SHOWN = 1_000;
const PAGE = 200;
/** Of the past so much is of late: a week, for jobs that run once in it. */
const SINCE_MS = 7 * 86_400_000;

export async function showStatusPage(parts: PageParts, context: Context): Promise<Response> {
  const identity = await sessionOf(parts, context);
  if (identity === null) return showSignIn(context, null);
  const { project } = identity;
  const nowAt = parts.clock.now();
  const { monitors, isCut } = await allMonitors(parts.engine, project);
  const incidents = await openIncidents(parts.engine, project);
  const blindSpots = await parts.engine.listBlindSpots({ project });
  const refused = await refusedOfLate(parts.engine, { project, sinceAt: nowAt - SINCE_MS });
  const page = {
    project,
    nowAt,
    monitors,
    isCut,
    incidents,
    blindSpots: blindSpots.filter(({ spot }) => spot.toAt >= nowAt - SINCE_MS),
    refusals: refusalsOf(refused, monitors),
    routes: await parts.engine.listGuardedRoutes({ project }),
    boundaries: await parts.engine.boundaryStates({ project }),
    delays: await parts.engine.delays(),
    condition: await conditionOf(parts),
  };
  return context.html(documentOf(<StatusPage {...page} />));
}

interface Page {
  project: string;
  nowAt: number;
  monitors: readonly MonitorView[];
  isCut: boolean;
  incidents: readonly Incident[];
  boundaries: BoundaryStates;
  blindSpots: readonly BlindSpotView[];
  refusals: readonly Refusal[];
  routes: readonly GuardedRouteView[];
  /** What nobody does in time: then no monitor is known to be well. */
  delays: readonly string[];
  condition: readonly string[];
}

function StatusPage(page: Page) {
  const { project, nowAt, monitors, isCut, incidents, boundaries, blindSpots } = page;
  const headline = headlineOf(page);
  return (
    <Layout title={`${headline.text} · Rollcall`} isRefreshed>
      <Bar project={project} />
      <main>
        <div class={`headline ${headline.tone}`}>
          <h1>{headline.text}</h1>
          {page.delays.map((delay) => (
            <p class="story">{delay}</p>
          ))}
          <p>As of {clockText(nowAt)}; this page renews itself every 30 seconds.</p>
        </div>
        <Incidents incidents={incidents} monitors={monitors} nowAt={nowAt} />
        <Refusals refusals={page.refusals} nowAt={nowAt} />
        <GuardWarnings routes={page.routes} />
        <Condition sentences={page.condition} />
        <Monitors monitors={monitors} isCut={isCut} unverified={boundaries.unverified} nowAt={nowAt} />
        <Boundaries latest={boundaries.latest} nowAt={nowAt} />
        <BlindSpots blindSpots={blindSpots} nowAt={nowAt} />
      </main>
    </Layout>
  );
}

/** One sentence that answers whether anything is wrong. Nothing is well without evidence. */
function headlineOf({ monitors, incidents, refusals, delays }: Page): { text: string; tone: string } {
  if (incidents.length > 0) {
    const unowned = incidents.filter((incident) => incident.status === "open").length;
    const text = incidents.length === 1 ? "1 open incident" : `${incidents.length} open incidents`;
    // There may be more that nobody has judged yet.
    if (delays.length > 0) return { text: `${text}, and Rollcall itself is behind`, tone: "bad" };
    return {
      text: unowned === 0 ? `${text}, all acknowledged` : text,
      tone: unowned === 0 ? "doubt" : "bad",
    };
  }
  if (monitors.length === 0) return { text: "Nothing is watched yet", tone: "doubt" };
  if (delays.length > 0) return { text: "Rollcall itself is behind with its work", tone: "bad" };
  const refused = refusals.filter(({ isStanding, isInbox }) => isStanding && !isInbox);
  const jobs = new Set(refused.map(({ monitor }) => monitor)).size;
  if (jobs > 0) {
    const whose = jobs === 1 ? "a job is" : `${jobs} jobs are`;
    return { text: `No open incident, but ${whose} being refused`, tone: "doubt" };
  }
  const doubtful = monitors.filter(({ status }) => status !== "up" && status !== "running").length;
  const degraded = monitors.filter(({ degradedBy }) => degradedBy !== null).length;
  if (doubtful === 0) {
    const all = `All ${monitors.length} monitors are up`.replace("All 1 monitors are", "The 1 monitor is");
    return degraded === 0
      ? { text: all, tone: "good" }
      : { text: `${all}, ${monitors.length === 1 ? "and" : degraded} degraded`, tone: "doubt" };
  }
  return {
    text: `No open incident; ${doubtful} of ${monitors.length} monitors not known to be up`,
    tone: "doubt",
  };
}

async function conditionOf({ condition }: PageParts): Promise<readonly string[]> {
  const { problems, notes } = (await condition?.()) ?? { problems: [], notes: [] };
  return [...problems, ...notes];
}

async function refusedOfLate(
  engine: Engine,
  { project, sinceAt }: { project: string; sinceAt: number },
): Promise<RejectionView[]> {
  const page = await engine.listRejections({ project, of: null, page: { cursor: null, limit: PAGE } });
  return page.items.filter(({ rejection }) => rejection.lastAt >= sinceAt);
}

async function allMonitors(
  engine: Engine,
  project: string,
): Promise<{ monitors: MonitorView[]; isCut: boolean }> {
  const monitors: MonitorView[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Engine["listMonitors"]>> = await engine.listMonitors({
      project,
      page: { cursor, limit: PAGE },
    });
    monitors.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && monitors.length < MONITORS_SHOWN);
  return { monitors, isCut: cursor !== null };
}

/** Unowned ones first, then the oldest: that is the order in which they want a person. */
async function openIncidents(engine: Engine, project: string): Promise<Incident[]> {
  const found: Incident[] = [];
  for (const status of ["open", "acknowledged"] as const) {
    const page = await engine.listIncidents({
      project,
      status,
      monitor: null,
      page: { cursor: null, limit: PAGE },
    });
    found.push(...[...page.items].sort((one, two) => one.openedAt - two.openedAt));
  }
  return found;
}
