/**
 * Plays one seed and holds what came of it against every rule:
 *
 * | rule | where |
 * | --- | --- |
 * | nothing breaks in Rollcall itself: no error but those the world makes | here |
 * | the ledger has no hole and no window too many; each verdict and start is the true one; nothing due is unjudged | `rules-ledger` |
 * | no window is paid for by two runs, no run pays for two windows | `rules-ledger` |
 * | what could not be heard is never called missing, and no window is judged before its deadline | `rules-ledger` |
 * | what was acknowledged is in the journal, and its run is there; the journal holds every decision once | `rules-ledger` |
 * | no false alarm, no missed one: each incident opens, changes and closes where the truth has it | `rules-alarms` |
 * | an alarm comes in bounded time | `rules-alarms` |
 * | a job that does well is never alarmed about unless a check-in of its was turned away; a dead one always, once | `rules-alarms` |
 * | every gap in hearing of more than 15 s is one blind spot, nothing else is, and each is told once | `rules-hearing` |
 * | of several processes: blind only when none could hear | `rules-hearing` |
 * | refusals near a missing run are its phase and title, and nothing else | `rules-boundary` |
 * | every change is told on every channel at least once, over crashes too, but for what `after:` made needless | `rules-messages` |
 * | `after:` tells nothing of what was closed or taken on within its time | `rules-messages` |
 * | on a channel an incident's changes keep their order: never the end before the beginning | `rules-messages` |
 * | nothing is sent about what is paused, in maintenance or silenced, and what was held is told afterwards | `rules-mutes` |
 * | reminders come while nobody has taken an incident on, and end with that | `rules-mutes` |
 * | an acceleration is taken back once, when and by what it should be; its windows are the ledger's | `rules-acceleration` |
 * | what was decided, decided again from the journal, gives the same | `rules-replay` |
 * | the same is told again only where the sender was left in doubt, and then under the same key | `rules-messages` |
 *
 * The truth is the oracle's: a plain reading of the rules over the whole history, which never looks at Rollcall's own.
 */
import type { Coverage } from "./coverage.ts";
import { diaryOf } from "./diary.ts";
import { brokenAccelerations } from "./rules-acceleration.ts";
import { brokenAlarms } from "./rules-alarms.ts";
import { brokenBoundary } from "./rules-boundary.ts";
import { brokenHearing } from "./rules-hearing.ts";
import { brokenLedger } from "./rules-ledger.ts";
import { brokenMessages } from "./rules-messages.ts";
import { brokenQuiet, brokenReminders } from "./rules-mutes.ts";
import { brokenReplay } from "./rules-replay.ts";
import { lookAt } from "./looks.ts";
import { playSeed, type Size } from "./world.ts";

export interface Played {
  broken: string[];
  coverage: Coverage;
  /** What one monitor was told and what became of it, for a person who looks into a failing seed. */
  diary: string[];
}

/** `diaryOf`: the slug of the monitor whose diary is wanted. */
export async function runSeed(seed: number, size: Size & { diaryOf?: string }): Promise<Played> {
  const world = await playSeed(seed, size);
  try {
    const looks = await lookAt(world);
    const broken = [
      ...world.rollcall.errors.slice(0, 10).map((error) => `error in Rollcall: ${error}`),
      ...brokenLedger(world, looks),
      ...brokenAlarms(world, looks),
      ...brokenHearing(world, looks),
      ...brokenAccelerations(world, looks),
      ...brokenBoundary(world, looks),
      ...brokenMessages(world, looks),
      ...brokenQuiet(world, looks),
      ...brokenReminders(world, looks),
      ...(await brokenReplay(world, looks)),
    ];
    const told = looks.monitors.filter(({ watched }) => watched.spec.slug === size.diaryOf);
    return { broken, coverage: world.coverage, diary: told.flatMap(diaryOf) };
  } finally {
    await world.close();
  }
}
