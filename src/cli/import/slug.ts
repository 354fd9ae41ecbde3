/**
 * Gives every proposed monitor a slug: made of the job's own name, the same in every run of the import, and its own.
 */
import { createHash } from "node:crypto";
import { slugProblem } from "../../domain/monitor-settings.ts";
import type { LeftOut, Proposal } from "./source.ts";

export interface Named {
  slug: string;
  proposal: Proposal;
}

/** A slug is written into crontabs and read in alerts: longer ones than this are no use. */
const LONGEST_NAME = 60;
/** Of a job that has no name at all. */
const NAMELESS = "job";

/** Those whose job names the monitor already come first, so that nobody else takes their slug. */
export function nameAll(
  proposals: readonly Proposal[],
  { prefix }: { prefix: string },
): { named: Named[]; leftOut: LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const owners = new Map<string, Proposal>();
  for (const proposal of proposals) {
    const { slug, place } = proposal;
    if (slug === null) continue;
    const owner = owners.get(slug);
    const why =
      owner === undefined
        ? slugProblem(slug)
        : `${slug} is told about by line ${owner.place.line} already, and one monitor has one schedule: ` +
          `give this job a monitor of its own, or write both expressions into the schedule of ${slug}`;
    if (why === null) owners.set(slug, proposal);
    else leftOut.push({ place, what: slug, why });
  }
  for (const proposal of proposals) {
    if (proposal.slug === null)
      owners.set(freeSlug(proposal, { prefix, isTaken: (slug) => owners.has(slug) }), proposal);
  }
  const slugs = new Map([...owners].map(([slug, proposal]) => [proposal, slug]));
  const named = proposals.flatMap((proposal) => {
    const slug = slugs.get(proposal);
    return slug === undefined ? [] : [{ slug, proposal }];
  });
  return { named, leftOut };
}

function freeSlug(
  proposal: Proposal,
  { prefix, isTaken }: { prefix: string; isTaken: (slug: string) => boolean },
): string {
  const candidates = proposal.names.map((name) => slugOf(name, prefix)).filter((slug) => slug !== null);
  const free = candidates.find((slug) => !isTaken(slug));
  if (free !== undefined) return free;
  const first = candidates[0] ?? slugOf(NAMELESS, prefix) ?? NAMELESS;
  // Made of the job itself and not of its place, so that it stays when lines are moved.
  const digest = createHash("sha256").update(proposal.identity).digest("hex");
  for (let length = 4; length < digest.length; length += 1) {
    const slug = `${first}-${digest.slice(0, length)}`;
    if (!isTaken(slug)) return slug;
  }
  // The very same job twice in the very same words: the second one counts on.
  for (let count = 2; ; count += 1) {
    const slug = `${first}-${digest.slice(0, 4)}-${count}`;
    if (!isTaken(slug)) return slug;
  }
}

/** Null when nothing of the name can stand in a slug. */
export function slugOf(name: string, prefix = ""): string | null {
  const text = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|[-_]+$/g, "")
    .slice(0, LONGEST_NAME)
    .replace(/[-_]+$/, "");
  if (text === "") return null;
  const slug = prefix + text;
  return slugProblem(slug) === null ? slug : `${slug}-${NAMELESS}`;
}
