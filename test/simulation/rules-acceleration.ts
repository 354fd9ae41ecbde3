/**
 * Rules of accelerations: each is taken back once, when and by what the truth has it, whatever crashed in between. That
 * the windows are the faster ones meanwhile and the original's afterwards is the ledger's part.
 */
import type { Acceleration } from "../../src/domain/acceleration.ts";
import { note, type Happening } from "./coverage.ts";
import type { Looks, LooksOfMonitor } from "./looks.ts";
import type { EndedAcceleration } from "./oracle-acceleration.ts";
import { iso } from "./rules-ledger.ts";
import type { World } from "./world.ts";

const ENDS: Readonly<Record<EndedAcceleration["because"], Happening>> = {
  first_verified: "acceleration: ended by the first good run",
  expiry: "acceleration: ended by its time",
  edit: "acceleration: ended by an edit",
  person: "acceleration: ended by a person",
};

export function brokenAccelerations(world: World, looks: Looks): string[] {
  return looks.monitors.flatMap((monitor) => {
    const { accelerations } = monitor.watched;
    return [...accelerations].flatMap(([beganAt, stages]) => brokenOne(world, monitor, { beganAt, stages }));
  });
}

function brokenOne(
  { coverage }: World,
  { watched, truth }: LooksOfMonitor,
  { beganAt, stages }: { beganAt: number; stages: readonly Acceleration[] },
): string[] {
  const shouldBe = truth.ended.find((one) => one.beganAt === beganAt);
  const over = stages.filter(({ revertedAt }) => revertedAt !== null);
  const ends = new Set(over.map(({ revertedAt, revertedBy }) => `${iso(revertedAt)} by ${revertedBy}`));
  const wanted = shouldBe === undefined ? [] : [`${iso(shouldBe.revertedAt)} by ${shouldBe.because}`];
  if (shouldBe !== undefined) note(coverage, ENDS[shouldBe.because]);
  const said = stages.at(-1)?.cadence.said ?? null;
  if (said === "reverted") note(coverage, "acceleration: the scheduler was found to be set back");
  if (said === "still_accelerated")
    note(coverage, "acceleration: the scheduler was found to be accelerated still");
  const which = `${watched.spec.slug}: the acceleration of ${iso(beganAt)}`;
  const broken: string[] = [];
  if ([...ends].join() !== wanted.join())
    broken.push(
      `${which} was taken back ${[...ends].join(", ") || "never"}, should be ${wanted.join() || "never"}`,
    );
  const firstOver = stages.findIndex(({ revertedAt }) => revertedAt !== null);
  if (firstOver !== -1 && stages.slice(firstOver).some(({ revertedAt }) => revertedAt === null))
    broken.push(`${which} was taken back and is on again`);
  return broken;
}
