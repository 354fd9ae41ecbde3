/** Results of the verification matrix, the latest of each address. */
import { LIMITS } from "../../domain/limits.ts";
import type { Verification } from "../../domain/trust/verification.ts";
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { pageOf, placeIn } from "../cursor.ts";
import { surplusUrls } from "../merging.ts";
import { by } from "../order.ts";
import { copy, given, keyOf, type Tables } from "./tables.ts";

type Section = Pick<BoundaryStore, "putVerification" | "getVerification" | "listVerifications">;

export function verificationSection({ verifications }: Tables): Section {
  const newestFirst = (project: string, url: string | null): Verification[] =>
    [...verifications.values()]
      .filter((one) => one.project === project && (url === null || one.url === url))
      .sort(
        by(
          ({ at }) => at,
          ({ id }) => id,
        ),
      )
      .reverse();
  const remove = ({ project, id }: Verification) => verifications.delete(keyOf(project, id));

  return {
    async putVerification(wanted) {
      const verification = given(wanted);
      const { project, id, url } = verification;
      verifications.set(keyOf(project, id), verification);
      newestFirst(project, url).slice(LIMITS.verificationsKept).forEach(remove);
      const latest = new Map<string, number>();
      for (const one of newestFirst(project, null).reverse()) latest.set(one.url, one.at);
      const urls = [...latest].map(([each, at]) => ({ url: each, at }));
      for (const surplus of surplusUrls(urls)) newestFirst(project, surplus).forEach(remove);
    },

    async getVerification(project, id) {
      return copy(verifications.get(keyOf(project, id)) ?? null);
    },

    async listVerifications(project, { url }, page) {
      const last = placeIn(page.cursor);
      const isAfter = ({ at, id }: Verification) =>
        last === null || at < last.at || (at === last.at && id < last.id);
      const found = newestFirst(project, url).filter(isAfter);
      return copy(pageOf(found, page.limit, ({ at, id }) => [at, id]));
    },
  };
}
