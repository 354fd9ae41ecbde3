/**
 * Results of the verification matrix, the latest of each address. In the home of the project: `verifications` (id →
 * document) and `verifications:kept` (id → when and of which address), which is small enough to be read whole;
 * `revisions` counts what was put.
 */
import { LIMITS } from "../../../domain/limits.ts";
import type { Verification } from "../../../domain/trust/verification.ts";
import type { BoundaryStore } from "../../../ports/boundary-store.ts";
import { pageOf, placeIn } from "../../cursor.ts";
import { surplusUrls } from "../../merging.ts";
import type { Amending, Write } from "../amending.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf } from "../places.ts";

type Section = Pick<BoundaryStore, "putVerification" | "getVerification" | "listVerifications">;

export function verificationSection(parts: RedisParts, { amend }: Amending): Section {
  const { connection } = parts;
  const keyFor = (project: string) => `${baseOf(connection, homeOf(project))}verifications`;

  return {
    async putVerification(verification) {
      const { project, id, url, at } = verification;
      await amend({ project, subject: "verifications" }, async () => {
        const revision = await connection.ask((client) =>
          client.hget(`${baseOf(connection, homeOf(project))}revisions`, "verifications"),
        );
        const others = (await keptVerifications(parts, project)).filter((one) => one.id !== id);
        const surplus = surplusOf([{ id, url, at }, ...others], url);
        return {
          onlyIf: [{ hash: "revisions", field: "verifications", text: revision }],
          writes: [
            ...putVerificationWrites(verification),
            ...surplus.flatMap((one) => dropVerification(one.id)),
            ["put", "revisions", "verifications", String(Number(revision ?? 0) + 1)],
          ],
          result: true,
        };
      });
    },

    async getVerification(project, id) {
      const text = await connection.ask((client) => client.hget(keyFor(project), id));
      return text === null ? null : (JSON.parse(text) as Verification);
    },

    async listVerifications(project, { url }, page) {
      const last = placeIn(page.cursor);
      const isAfter = ({ at, id }: KeptVerification) =>
        last === null || at < last.at || (at === last.at && id < last.id);
      const found = newestFirst(await keptVerifications(parts, project)).filter(
        (one) => (url === null || one.url === url) && isAfter(one),
      );
      const { items, nextCursor } = pageOf(found, page.limit, ({ at, id }) => [at, id]);
      if (items.length === 0) return { items: [], nextCursor };
      const ids = items.map(({ id }) => id);
      const texts = await connection.ask((client) => client.hmget(keyFor(project), ...ids));
      const there = texts.filter((text) => text !== null);
      return { items: there.map((text) => JSON.parse(text) as Verification), nextCursor };
    },
  };
}

export interface KeptVerification {
  id: string;
  at: number;
  url: string;
}

export async function keptVerifications(
  { connection }: RedisParts,
  project: string,
): Promise<KeptVerification[]> {
  const key = `${baseOf(connection, homeOf(project))}verifications:kept`;
  const kept = await connection.ask((client) => client.hgetall(key));
  return Object.entries(kept).map(([id, text]) => {
    const [at, url] = JSON.parse(text) as [number, string];
    return { id, at, url };
  });
}

export function putVerificationWrites(verification: Verification): Write[] {
  const { id, at, url } = verification;
  return [
    ["put", "verifications", id, JSON.stringify(verification)],
    ["put", "verifications:kept", id, JSON.stringify([at, url])],
  ];
}

export function dropVerification(id: string): Write[] {
  return [
    ["drop", "verifications", id],
    ["drop", "verifications:kept", id],
  ];
}

/** Those beyond what may be kept of this address, and all of the addresses beyond those of a project. */
function surplusOf(kept: readonly KeptVerification[], url: string): KeptVerification[] {
  const older = newestFirst(kept.filter((one) => one.url === url)).slice(LIMITS.verificationsKept);
  const left = kept.filter((one) => !older.includes(one));
  const latest = new Map(
    newestFirst(left)
      .toReversed()
      .map((one) => [one.url, one.at]),
  );
  const urls = surplusUrls([...latest].map(([each, at]) => ({ url: each, at })));
  return [...older, ...left.filter((one) => urls.includes(one.url))];
}

function newestFirst(kept: readonly KeptVerification[]): KeptVerification[] {
  return kept.toSorted((one, other) => other.at - one.at || (one.id > other.id ? -1 : 1));
}
