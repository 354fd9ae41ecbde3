/** Where a project's boundaries stand: the latest verification of each address, and guarded monitors that none vouches for. */
import { LIMITS } from "../domain/limits.ts";
import type { EngineParts } from "./parts.ts";
import { listVerifications, type VerificationView } from "./verifications.ts";

export interface BoundaryStates {
  /** Of each address the latest, the newest first. */
  latest: readonly VerificationView[];
  /** Slugs with a guarded route and no green verification that still stands. */
  unverified: ReadonlySet<string>;
}

/** Beyond so many verifications of other addresses, nobody knows one by heart: it is verified again. */
const LOOKED_AT = 1_000;

export async function boundaryStates(
  parts: EngineParts,
  { project }: { project: string },
): Promise<BoundaryStates> {
  const byUrl = new Map<string, VerificationView>();
  let cursor: string | null = null;
  for (let looked = 0; looked < LOOKED_AT; looked += LIMITS.pageItems) {
    const page: Awaited<ReturnType<typeof listVerifications>> = await listVerifications(parts, {
      project,
      url: null,
      page: { cursor, limit: LIMITS.pageItems },
    });
    for (const view of page.items) {
      if (!byUrl.has(view.verification.url)) byUrl.set(view.verification.url, view);
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  const latest = [...byUrl.values()];
  const verified = new Set(
    latest.filter(isTrusted).flatMap(({ verification }) => verification.monitor ?? []),
  );
  const routes = await parts.store.listGuardedRoutes(project);
  const guarded = routes.flatMap(({ isProbe, monitor }) => (isProbe ? [] : (monitor ?? [])));
  return { latest, unverified: new Set(guarded.filter((slug) => !verified.has(slug))) };
}

function isTrusted({ verification, staleBecause }: VerificationView): boolean {
  return verification.colour === "green" && staleBecause.length === 0;
}
