/** When Rollcall itself could not hear lately: what is silent then is not known to be missing. */
import { durationInWords } from "../domain/duration.ts";
import type { BlindSpotView } from "../engine/blind-spots.ts";
import { Instant } from "./time.tsx";

export function BlindSpots({ blindSpots, nowAt }: { blindSpots: readonly BlindSpotView[]; nowAt: number }) {
  return (
    <section aria-labelledby="blind-spots">
      <h2 id="blind-spots">Blind spots of the last 7 days</h2>
      {blindSpots.length === 0 ? <p>None recorded.</p> : null}
      <ul class="blind-spots">
        {blindSpots.map((view) => (
          <li>
            <BlindSpotLine view={view} nowAt={nowAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function BlindSpotLine({ view, nowAt }: { view: BlindSpotView; nowAt: number }) {
  const { spot, unknowns } = view;
  const count = unknowns.reduce((sum, each) => sum + each.count, 0);
  const slugs = [...new Set(unknowns.map((each) => each.slug))];
  const shown = slugs.slice(0, 10).join(", ") + (slugs.length > 10 ? ` and ${slugs.length - 10} more` : "");
  return (
    <>
      Not listening for {durationInWords(spot.toAt - spot.fromAt)}, until{" "}
      <Instant at={spot.toAt} nowAt={nowAt} />
      {count === 0
        ? ". No run was left unknown."
        : `. Left unknown: ${count} ${count === 1 ? "run" : "runs"} of ${shown}.`}
    </>
  );
}
