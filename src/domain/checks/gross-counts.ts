/** Counts that are wrong on the face of them: far from what was expected, mostly failed, or all zero. */
import { LIMITS } from "../limits.ts";
import type { CountName } from "../outcome/outcome.ts";
import type { GrossFault, GrossView } from "./gross.ts";
import { share } from "./share.ts";
import { zeroIs } from "./usual.ts";

export function countFaults(view: GrossView): GrossFault[] {
  return [...farFromExpected(view), ...mostlyFailed(view), ...mostlySkipped(view), ...allZero(view)];
}

/** What was left out on purpose was attended to; whether so much of it is right is another rule's question. */
function farFromExpected({ outcome: { counts = {} }, speaksOf }: GrossView): GrossFault[] {
  const { expected = 0, skipped = 0 } = counts;
  const name = doneName(counts);
  if (expected === 0 || name === null || speaksOf(name) || speaksOf("ratio")) return [];
  const done = counts[name] ?? 0;
  const isAbout = (least: number): boolean => done + skipped >= least * expected;
  if (isAbout(LIMITS.expectedShareUsual)) return [];
  const said = `${name} ${done} of ${expected} = ${share(done, expected)}`;
  const isGross = !isAbout(LIMITS.expectedShareGross);
  return [
    {
      check: `${name} / expected`,
      status: isGross ? "failed" : "degraded",
      sentence: isGross ? `${said}: far below what was expected` : `${said}: fewer than were expected`,
    },
  ];
}

function mostlyFailed({ outcome: { counts = {} }, speaksOf }: GrossView): GrossFault[] {
  const { failed = 0, succeeded, processed } = counts;
  // Some jobs count what failed as processed, and some do not: nothing is more than all of it.
  const all = succeeded === undefined ? Math.max(processed ?? 0, failed) : succeeded + failed;
  const isKnown = succeeded !== undefined || processed !== undefined;
  if (!isKnown || failed <= all / 2 || speaksOf("failed")) return [];
  const sentence = `failed ${failed} of ${all} = ${share(failed, all)}: more than half`;
  return [{ check: "failed / processed", status: "failed", sentence }];
}

function mostlySkipped({ outcome: { counts = {} }, learned, proof, speaksOf }: GrossView): GrossFault[] {
  const { expected, skipped = 0 } = counts;
  if (expected === undefined || skipped <= expected / 2 || speaksOf("skipped")) return [];
  const before = proof.baseline.mode === "off" ? [] : (learned["skipped"] ?? []);
  const isUsual =
    before.length >= 3 && before.filter((each) => each >= skipped / 2).length * 2 >= before.length;
  if (isUsual) return [];
  const sentence = `skipped ${skipped} of ${expected} = ${share(skipped, expected)}: what is skipped is not done`;
  return [{ check: "skipped", status: "degraded", sentence }];
}

/** Nothing to do today is no fault: where it is told by `expected: 0`, and where it happens now and then. */
function allZero({ outcome: { counts = {} }, learned, proof, speaksOf }: GrossView): GrossFault[] {
  const name = doneName(counts);
  const { expected, ...deeds } = counts;
  if (name === null || expected !== undefined || proof.baseline.mode === "off" || speaksOf(name)) return [];
  if (Object.values(deeds).some((count) => count !== 0)) return [];
  const zero = zeroIs(proof, learned, name);
  if (zero === "usual" || zero === "sometimes") return [];
  const known = learned[name]?.length ?? 0;
  const usually = `of the last ${known} good runs ${known - zerosIn(learned[name])} had some`;
  return [
    {
      check: name,
      status: zero === "rare" ? "failed" : "degraded",
      sentence: zero === "rare" ? `${name} 0: ${usually}` : `${name} 0: a run that did nothing`,
    },
  ];
}

function zerosIn(values: readonly number[] = []): number {
  return values.filter((value) => value === 0).length;
}

function doneName(counts: { readonly [Name in CountName]?: number }): "processed" | "succeeded" | null {
  if (counts.processed !== undefined) return "processed";
  return counts.succeeded === undefined ? null : "succeeded";
}
