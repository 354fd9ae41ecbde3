/**
 * One run: what became of it in one sentence, what its checks found, and everything it told, so that whoever was woken
 * need not look for it elsewhere.
 */
import type { Context } from "hono";
import { durationInWords } from "../domain/duration.ts";
import { RollcallError } from "../domain/errors.ts";
import { storyLine } from "../domain/outcome/story-line.ts";
import { shownRunId, type Run } from "../domain/run.ts";
import type { RunView } from "../engine/list-runs.ts";
import { sessionOf } from "../http/session.ts";
import { Bar } from "./bar.tsx";
import { documentOf, Layout } from "./layout.tsx";
import type { PageParts } from "./parts.ts";
import { Checks } from "./run-checks.tsx";
import { Answers, Figures, Proof, Said, Surroundings } from "./run-outcome.tsx";
import { Steps } from "./run-steps.tsx";
import { showSignIn } from "./sign-in.tsx";
import { Instant } from "./time.tsx";

export async function showRunPage(parts: PageParts, context: Context): Promise<Response> {
  const identity = await sessionOf(parts, context);
  if (identity === null) return showSignIn(context, null);
  const { project } = identity;
  const view = await runOrNull(parts, { project, id: context.req.param("id") ?? "" });
  const nowAt = parts.clock.now();
  return view === null
    ? context.html(documentOf(<NoRun project={project} />), 404)
    : context.html(documentOf(<RunPage project={project} view={view} nowAt={nowAt} />));
}

async function runOrNull(
  { engine }: PageParts,
  asked: { project: string; id: string },
): Promise<RunView | null> {
  try {
    return await engine.getRun(asked);
  } catch (error) {
    if (error instanceof RollcallError && error.code === "not_found") return null;
    throw error;
  }
}

function NoRun({ project }: { project: string }) {
  return (
    <Layout title="No such run · Rollcall">
      <Bar project={project} />
      <main>
        <div class="headline doubt">
          <h1>There is no such run</h1>
          <p>It is in another project, or past the time for which runs are kept.</p>
        </div>
      </main>
    </Layout>
  );
}

function RunPage({ project, view, nowAt }: { project: string; view: RunView; nowAt: number }) {
  const { run, monitor } = view;
  const { outcome, checks = [] } = run;
  const story = storyLine(run);
  return (
    <Layout title={`${monitor}: ${wordsOf(run).text} · Rollcall`} isRefreshed={run.state === "started"}>
      <Bar project={project} />
      <main>
        <p>
          <a href="/">← All monitors</a>
        </p>
        <div class={`headline ${wordsOf(run).tone}`}>
          <h1>
            {monitor}: {wordsOf(run).text}
          </h1>
          {story === null ? null : <p class="story">The run {story}.</p>}
        </div>
        <Facts run={run} nowAt={nowAt} />
        <Checks checks={checks} />
        {outcome === null ? (
          <p>It has told nothing but its start.</p>
        ) : (
          <>
            <Figures outcome={outcome} />
            <Steps outcome={outcome} />
            <Answers tallies={outcome.http ?? []} />
            <Proof items={outcome.evidence ?? []} />
            <Surroundings environment={outcome.environment} />
            <Said title="The end of its log" text={outcome.log ?? ""} />
            <Said title="What it said at its end" text={outcome.message} />
          </>
        )}
      </main>
    </Layout>
  );
}

/** Green is for what is shown, not for what was only said. */
function wordsOf(run: Run): { text: string; tone: "bad" | "doubt" | "good" } {
  switch (run.state) {
    case "started":
      return { text: "a run goes on", tone: "doubt" };
    case "verified":
      return run.isDegraded === true
        ? { text: "a verified run, degraded", tone: "doubt" }
        : { text: "a verified run", tone: "good" };
    case "reported":
      return {
        text: `a run that reported success${run.isDegraded === true ? ", degraded" : ""}`,
        tone: "doubt",
      };
    case "failed":
      return { text: "a failed run", tone: "bad" };
    case "incomplete":
      return { text: "a run that did not finish", tone: "bad" };
    case "unverified":
      return { text: "a run that is not verified", tone: "bad" };
    case "unknown":
      return { text: "a run of which nothing more is known", tone: "doubt" };
  }
}

function Facts({ run, nowAt }: { run: Run; nowAt: number }) {
  const shown = shownRunId(run);
  const { startedAt, finishedAt, isStartHeard, outcome } = run;
  const tookMs = finishedAt === null || !isStartHeard ? null : finishedAt - startedAt;
  return (
    <dl class="facts">
      {shown === null ? null : (
        <>
          <dt>Run id</dt>
          <dd>{shown}</dd>
        </>
      )}
      <dt>Started</dt>
      <dd>{isStartHeard ? <Instant at={startedAt} nowAt={nowAt} /> : "no start was heard"}</dd>
      <dt>Finished</dt>
      <dd>
        {finishedAt === null ? "not heard" : <Instant at={finishedAt} nowAt={nowAt} />}
        {tookMs === null || tookMs < 0 ? null : `, after ${durationInWords(tookMs)}`}
      </dd>
      {run.windowAt === null ? null : (
        <>
          <dt>Expected</dt>
          <dd>
            <Instant at={run.windowAt} nowAt={nowAt} />
          </dd>
        </>
      )}
      {outcome === null || outcome.exitStatus === null ? null : (
        <>
          <dt>Exit status</dt>
          <dd>{outcome.exitStatus}</dd>
        </>
      )}
      {run.notes.length === 0 ? null : (
        <>
          <dt>Remarks</dt>
          <dd>{run.notes.join("; ")}</dd>
        </>
      )}
    </dl>
  );
}
