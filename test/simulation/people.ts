/** What people do to a running Rollcall: they edit, pause, plan, take on, close and remark, delete and make anew. */
import { RollcallError } from "../../src/domain/errors.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage, type Happening } from "./coverage.ts";
import type { Rollcall } from "./rollcall.ts";
import { drawFaster, fasterWhen, type Era } from "./schedules.ts";
import { living, type Seen } from "./seen.ts";
import { acceleratedSpec, editedSpec, recreatedSpec, type Spec } from "./specs.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface People {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  rollcall: Rollcall;
  seen: Seen;
  era: Era;
  project: string;
  slugs: readonly string[];
  /** The job of that name follows its new schedule, if its owner remembers to tell it. */
  onEdited(spec: Spec): void;
}

const MINUTE = 60_000;

/** Every few minutes somebody does something, until `endAt`. */
export function letPeopleAct(people: People, endAt: number): void {
  const { time, chance } = people;
  const next = (): void => {
    if (time.now() >= endAt) return;
    void actOnce(people);
    time.after(chance.between(MINUTE, 12 * MINUTE), next);
  };
  time.after(chance.between(MINUTE, 20 * MINUTE), next);
  // More than once: the first may be cut off by an end of the process.
  for (const laterMs of [0, MINUTE, 3 * MINUTE]) time.at(endAt + laterMs, () => void endEverything(people));
}

async function actOnce(people: People): Promise<void> {
  const { chance, slugs } = people;
  // The first one is left in peace: it is the job that must never be alarmed about.
  const slug = chance.pick(slugs.slice(1));
  const act = chance.pick([
    edit,
    edit,
    pause,
    pause,
    resume,
    maintain,
    maintain,
    silence,
    endPlan,
    acknowledge,
    resolve,
    comment,
    recreate,
    accelerate,
    accelerate,
    takeBack,
  ]);
  await act(people, slug);
}

/** Does it if Rollcall is there to hear it; what people try while it is down has not happened. */
async function attempt(
  { rollcall, coverage }: People,
  what: Happening | null,
  act: (engine: Engine) => Promise<unknown>,
): Promise<void> {
  const engine = rollcall.engine();
  if (engine === null || rollcall.isAsleep()) return;
  try {
    await act(engine);
    if (what !== null) note(coverage, what);
  } catch (error) {
    const isWorlds = error instanceof RollcallError && error.code === "unavailable";
    if (!isWorlds) rollcall.errors.push(`${what}: ${String(error)}`);
  }
}

/** Configurations are told apart by the name they give, so that it is known which one was decided when. */
let configurations = 0;
export async function save(people: People, spec: Spec, what: Happening | null): Promise<void> {
  configurations += 1;
  const name = `${spec.slug} ${configurations}`;
  const named: Spec = { ...spec, input: { ...spec.input, name } };
  people.seen.meant.set(name, named);
  const { slug, input } = named;
  const { project } = people;
  await attempt(people, what, async (engine) => {
    await engine.saveMonitor({ project, slug, input, mode: "replace", by: "simulation" });
    people.onEdited(named);
  });
}

async function edit(people: People, slug: string): Promise<void> {
  const watched = living(people.seen, slug);
  if (watched === null || watched.current.temperament === "dead") return;
  await save(people, editedSpec(people.chance, watched.current, people.era), "person: edited a monitor");
}

async function recreate(people: People, slug: string): Promise<void> {
  const { chance, time, project, seen, era } = people;
  const watched = living(seen, slug);
  if (watched === null || watched.current.temperament === "dead" || chance.isTrue(0.6)) return;
  await attempt(people, "person: deleted a monitor", (engine) =>
    engine.deleteMonitor({ project, slug, by: "simulation" }),
  );
  time.after(chance.between(1_000, 10 * MINUTE), () => {
    if (living(seen, slug) === null)
      void save(people, recreatedSpec(chance, watched.current, era), "person: made a monitor anew");
  });
}

async function pause(people: People, slug: string): Promise<void> {
  const { chance, project, seen } = people;
  if (living(seen, slug) === null || isDead(people, slug)) return;
  const isOpenEnded = chance.isTrue(0.4);
  await attempt(people, isOpenEnded ? "person: paused with a reason" : "person: paused until", (engine) => {
    const untilAt = isOpenEnded ? null : engine.clock.now() + chance.between(MINUTE, 60 * MINUTE);
    return engine.pauseMonitor({ project, slug, untilAt, reason: isOpenEnded ? "a look" : null, by: "ann" });
  });
  if (isOpenEnded) people.time.after(chance.between(MINUTE, 60 * MINUTE), () => void resume(people, slug));
}

async function resume(people: People, slug: string): Promise<void> {
  const { project, seen } = people;
  if (living(seen, slug) === null) return;
  await attempt(people, "person: resumed", (engine) => engine.resumeMonitor({ project, slug, by: "ann" }));
}

/** The owner speeds the real scheduler up as well, and slows it down some time after that. */
async function accelerate(people: People, slug: string): Promise<void> {
  const { chance, project, seen, time } = people;
  const spec = living(seen, slug)?.current ?? null;
  if (spec === null || isDead(people, slug)) return;
  // How long a run may take must not hold hundreds of the faster ones.
  if (spec.signals === "finish" && (spec.maxRuntimeMs ?? 0) > 2 * 3_600_000) return;
  const expiresInMs = chance.between(MINUTE, 50 * MINUTE);
  const asked = { project, slug, schedule: drawFaster(chance, spec), expiresInMs, by: "ann" };
  await attempt(people, "person: accelerated a monitor", async (engine) => {
    await engine.accelerateMonitor(asked).catch(ignoreGone);
    const { acceleration } = await engine.viewMonitor({ project, slug });
    if (acceleration === null) return;
    people.onEdited(acceleratedSpec(spec, fasterWhen(acceleration.acceleration.schedule)));
  });
  // Else the first good run is nearly always sooner.
  const soon = chance.pick([edit, takeBack, pause, null, null, null]);
  if (soon !== null) time.after(chance.between(1_000, MINUTE), () => void soon(people, slug));
  time.after(chance.between(2 * MINUTE, expiresInMs + 15 * MINUTE), () => {
    const watched = living(seen, slug);
    if (watched !== null) people.onEdited(watched.current);
  });
}

async function takeBack(people: People, slug: string): Promise<void> {
  const { project, seen } = people;
  if (living(seen, slug) === null) return;
  await attempt(people, "person: took an acceleration back", (engine) =>
    engine.decelerateMonitor({ project, slug, by: "ann" }),
  );
}

function isDead({ seen }: People, slug: string): boolean {
  return living(seen, slug)?.current.temperament === "dead";
}

async function maintain(people: People, slug: string): Promise<void> {
  await plan(people, slug, "maintenance");
}

async function silence(people: People, slug: string): Promise<void> {
  await plan(people, slug, "silence");
}

/** Plans lie a little ahead: which deadlines of that very moment they still meet is a matter of milliseconds. */
async function plan(people: People, slug: string, kind: "maintenance" | "silence"): Promise<void> {
  const { chance, project, seen } = people;
  if (living(seen, slug) === null || isDead(people, slug)) return;
  await attempt(
    people,
    kind === "silence" ? "person: planned a silence" : "person: planned a maintenance",
    (engine) => {
      const fromAt = engine.clock.now() + chance.between(10_000, 20 * MINUTE);
      const untilAt = fromAt + chance.between(MINUTE, 60 * MINUTE);
      return engine.createPlan({
        project,
        kind,
        monitors: [slug],
        tags: null,
        fromAt,
        untilAt,
        reason: "a disk",
      });
    },
  );
}

async function endPlan(people: People): Promise<void> {
  const { chance, project } = people;
  const kind = chance.pick(["maintenance", "silence"] as const);
  const engine = people.rollcall.engine();
  if (engine === null || people.rollcall.isAsleep()) return;
  const plans = await engine.listPlans({ project, kind }).catch(() => []);
  const [first] = plans;
  if (first === undefined) return;
  await attempt(people, "person: took a plan back", async (same) => {
    await same.deletePlan({ project, kind, id: first.id }).catch(ignoreGone);
  });
}

async function acknowledge(people: People, slug: string): Promise<void> {
  await onIncident(people, slug, "person: acknowledged", (engine, incidentId) =>
    engine.acknowledgeIncident({ project: people.project, incidentId, by: "ann", note: null }),
  );
}

async function resolve(people: People, slug: string): Promise<void> {
  await onIncident(people, slug, "person: resolved by hand", (engine, incidentId) =>
    engine.resolveIncident({ project: people.project, incidentId, by: "ann", note: null }),
  );
}

async function comment(people: People, slug: string): Promise<void> {
  await onIncident(people, slug, "person: commented", (engine, incidentId) =>
    engine.commentIncident({ project: people.project, incidentId, by: "ann", text: "I am looking." }),
  );
}

async function onIncident(
  people: People,
  slug: string,
  what: Happening,
  act: (engine: Engine, incidentId: string) => Promise<unknown>,
): Promise<void> {
  const { seen, project, rollcall } = people;
  if (living(seen, slug) === null || isDead(people, slug)) return;
  const engine = rollcall.engine();
  if (engine === null || rollcall.isAsleep()) return;
  const view = await engine.viewMonitor({ project, slug }).catch(() => null);
  const incident = view?.incident ?? null;
  if (incident === null) return;
  await attempt(people, what, (same) => act(same, incident.id).catch(ignoreGone));
}

/** Somebody, or a good run, was faster. */
function ignoreGone(error: unknown): void {
  const isGone = error instanceof RollcallError && (error.code === "conflict" || error.code === "not_found");
  if (!isGone) throw error;
}

/** Whatever still mutes or excuses comes to an end, so that everything can be told. */
async function endEverything(people: People): Promise<void> {
  const { project, slugs, seen, time } = people;
  const engine = people.rollcall.engine();
  if (engine === null || people.rollcall.isAsleep()) {
    time.after(5_000, () => void endEverything(people));
    return;
  }
  try {
    for (const kind of ["maintenance", "silence"] as const)
      for (const one of await engine.listPlans({ project, kind }))
        await engine.deletePlan({ project, kind, id: one.id }).catch(ignoreGone);
    for (const slug of slugs)
      if (living(seen, slug) !== null) await engine.resumeMonitor({ project, slug, by: "ann" });
  } catch {
    // Rollcall is not well just now; it will be soon.
    time.after(5_000, () => void endEverything(people));
  }
}
